"""What a call, a start and an answer cost beside other clients, side by side in one run: `make bench`."""
