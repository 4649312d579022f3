"""What analysts count: trends, bursts, new themes, impact on NPS."""
