//! nginx's access log with upstream fields.
