"""What real clients made of each defect: a page, Markdown and a few lines. They need no run."""
