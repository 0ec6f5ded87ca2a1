"""Every write to uploads, reports and dunning."""
