"""Figures beside their limits and peers, as ratios in one run."""
