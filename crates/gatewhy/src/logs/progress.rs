//! How far reading has come: one line on a terminal, rewritten, gone at the end.
use crate::sink;
use gatewhy_logs::scan::Progress;
use std::io::IsTerminal as _;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// Shorter reads show nothing.
const PATIENCE: Duration = Duration::from_millis(700);
const EVERY: Duration = Duration::from_millis(150);

/// Does the work, and shows how far it has come while it goes on.
pub(super) fn beside<T>(progress: &Progress, work: impl FnOnce() -> T) -> T {
    if !std::io::stderr().is_terminal() {
        return work();
    }
    let (done, is_done) = channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let start = Instant::now();
            let mut shown = false;
            while is_done.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                if start.elapsed() > PATIENCE {
                    shown = true;
                    sink::error(&line(progress, start.elapsed()));
                }
            }
            if shown {
                sink::error("\r\x1b[K");
            }
        });
        let result = work();
        drop(done);
        result
    })
}

fn line(progress: &Progress, elapsed: Duration) -> String {
    const BAR: u64 = 24;
    let read = progress.read.load(Ordering::Relaxed);
    let total = progress.total.load(Ordering::Relaxed).max(read).max(1);
    let millis = u64::try_from(elapsed.as_millis())
        .unwrap_or(u64::MAX)
        .max(1);
    let rate = read.saturating_mul(1_000) / millis;
    let full = read.saturating_mul(BAR) / total;
    let bar: String = (0..BAR)
        .map(|at| if at < full { '█' } else { '░' })
        .collect();
    let left = (total - read) / rate.max(1);
    format!(
        "\r\x1b[K{bar} {:>3} %  {} MB/s  {left} s left",
        read.saturating_mul(100) / total,
        rate / 1_000_000
    )
}
