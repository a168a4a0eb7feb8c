"""YouTube: a channel's subscribers, its videos with their counters, and its statistics by day."""
