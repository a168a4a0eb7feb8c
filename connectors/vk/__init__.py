"""VK: a community's posts, their counters and reach, its daily statistics and its followers."""
