"""Training of the linear heads: sentiment, intent, urgency, churn risk and departments."""
