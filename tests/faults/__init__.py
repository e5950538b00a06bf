"""Every acknowledged vote is on disk, through every fault: real processes, killed and checked."""
