"""What is kept of runs: in which directories, in which streams, and how a run goes on with what it kept."""
