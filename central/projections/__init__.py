"""What pages of central read beyond the shared tables: arrivals of entries, guardians' visits."""
