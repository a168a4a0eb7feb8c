"""Speed and memory, printed as ratios against named peers in the same run; `python -m bench [NAME …]`."""
