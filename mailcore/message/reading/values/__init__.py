"""Values of header fields: addresses, dates, ids, parameters and traces as they arrived, read leniently."""
