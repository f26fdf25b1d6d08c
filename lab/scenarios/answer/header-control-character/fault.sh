printf '/home\0x' >/srv/legacy/target
