"""What the documents of two contracts say otherwise. No server is asked, and no run loads it."""
