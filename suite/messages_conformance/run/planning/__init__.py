"""What a run will send and judge, decided before anything is sent."""
