"""What several tests share: fakes, sample data, browser helpers."""
