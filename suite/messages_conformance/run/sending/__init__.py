"""The requests to one provider: how fast they leave, how often, and until when."""
