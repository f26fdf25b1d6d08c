//! FPM's slow log: where a script was when it had taken too long.
use crate::log_time::{self, Civil};
use crate::prelude::*;
use crate::scan;

/// One script, caught while it was slow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlowScript<'a> {
    /// Line of its first line in what was read, counted from 1.
    pub line: u32,
    /// When, on the host's wall clock.
    pub at: Civil,
    /// The pool.
    pub pool: &'a [u8],
    /// The worker.
    pub pid: u32,
    /// The script's path.
    pub script: Option<&'a [u8]>,
    /// Its calls, the innermost first: what it waits in.
    pub calls: Vec<Call<'a>>,
}

/// One call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call<'a> {
    /// The function that was called, with its class, without brackets.
    pub function: &'a [u8],
    /// The file of the call.
    pub file: &'a [u8],
    /// The line of the call.
    pub line: u32,
}

/// The scripts in a slow log, or its tail, in order.
pub fn read(log: &[u8]) -> Vec<SlowScript<'_>> {
    let mut found: Vec<SlowScript<'_>> = Vec::new();
    for line in scan::lines(log) {
        if let Some(head) = head(line) {
            found.push(head);
        } else if let Some(script) = found.last_mut() {
            if let Some(path) = line.bytes.strip_prefix(b"script_filename = ") {
                script.script = Some(path);
            }
            script.calls.extend(call(line.bytes));
        }
    }
    found
}

/// `[21-Nov-2026 09:46:48]  [pool www] pid 22647`
fn head(line: scan::Line<'_>) -> Option<SlowScript<'_>> {
    let (at, rest) = log_time::day_first(line.bytes.strip_prefix(b"[")?)?;
    let (_, rest) = scan::split_once(rest, "]")?;
    let rest = rest.trim_ascii_start().strip_prefix(b"[pool ")?;
    let (pool, pid) = scan::rsplit_once(rest, "] pid ")?;
    Some(SlowScript {
        line: line.number,
        at,
        pool,
        pid: scan::whole_number(pid.trim_ascii_end())?,
        script: None,
        calls: Vec::new(),
    })
}

/// `[0x00007fd16a2130c0] sleep() /srv/slow.php:1`
fn call(line: &[u8]) -> Option<Call<'_>> {
    let (_, rest) = scan::split_once(line.strip_prefix(b"[0x")?, "] ")?;
    let (function, rest) = scan::split_once(rest, "() ")?;
    let (file, number) = scan::rsplit_once(rest, ":")?;
    Some(Call {
        function,
        file,
        line: scan::whole_number(number)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORDED: &[u8] = b"\n[21-Nov-2026 09:46:48]  [pool www] pid 22647\n\
        script_filename = /srv/slow.php\n\
        [0x00007fd16a2130c0] sleep() /srv/slow.php:1\n\
        [0x00007fd16a213070] waits() /srv/slow.php:7\n\
        \n[21-Nov-2026 09:46:49]  [pool www] pid 22649\nscript_filename = /srv/b.php\n";

    #[test]
    fn the_innermost_call_is_what_a_script_waits_in() {
        let found = read(RECORDED);
        assert_eq!(
            found.iter().map(|s| (s.pid, s.script)).collect::<Vec<_>>(),
            [
                (22_647, Some(&b"/srv/slow.php"[..])),
                (22_649, Some(&b"/srv/b.php"[..])),
            ]
        );
        let calls = found.first().map(|s| {
            s.calls
                .iter()
                .map(|c| (c.function, c.line))
                .collect::<Vec<_>>()
        });
        assert_eq!(calls, Some(vec![(&b"sleep"[..], 1), (&b"waits"[..], 7)]));
    }

    proptest::proptest! {
        #[test]
        fn no_input_panics(bytes: Vec<u8>) {
            let _ = read(&bytes);
        }
    }
}
