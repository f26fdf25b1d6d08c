//! Lines of logs: by every format, as something that was pasted, and with causes.
use gatewhy_causes::explain::{self, Settings};
use gatewhy_facts::nginx::error_log;
use gatewhy_facts::{app_log, log_line, php_fpm};
use gatewhy_logs::nginx_access;
use gatewhy_logs::nginx_error::ErrorLines;
use gatewhy_logs::other::OtherLines;
use gatewhy_logs::tally::{Place, Tally};

/// Every line by every format, and as something that was pasted.
pub(super) fn recognise(data: &[u8]) {
    for line in data.split(|byte| *byte == b'\n') {
        for format in log_line::FORMATS {
            let _ = (format.read)(line);
        }
        let _ = log_line::recognise(line);
    }
    for pasted in log_line::join(data) {
        let _ = pasted.record();
    }
}

/// What comes before `\n---\n` is configuration, the rest are lines.
pub(super) fn explain(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (config, lines) = text.split_once("\n---\n").unwrap_or(("", &text));
    let mut settings = Settings::default();
    settings.read(config.as_bytes());
    let pasted = log_line::join(lines.as_bytes());
    let records: Vec<_> = pasted.iter().filter_map(log_line::Pasted::record).collect();
    let explained: Vec<_> = records
        .iter()
        .map(|record| explain::line(record, &settings))
        .collect();
    let together: Vec<_> = records.iter().zip(&explained).collect();
    for cause in explain::incident::judge(&together) {
        assert!(!cause.why.is_empty(), "{} without a reason", cause.id);
    }
}

pub(super) fn php_fpm(data: &[u8]) {
    drop(php_fpm::log::read(data));
    drop(php_fpm::slow_log::read(data));
    drop(php_fpm::php_log::read(data));
    php_fpm::php_message::messages(data).for_each(drop);
}

pub(super) fn app(data: &[u8]) {
    drop(app_log::read(app_log::lines_of(data)));
}

/// The readers of large logs: each counts every line once.
pub(super) fn logs(data: &[u8]) {
    // A hole at the end, of a log that was emptied under its writer, is no line.
    let holes = data.iter().rev().take_while(|byte| **byte == 0).count();
    let text = &data[..data.len() - holes];
    let lines = text.split_inclusive(|byte| *byte == b'\n').count();
    let format = nginx_access::AccessFormat::new(
        "$remote_addr - $remote_user [$time_local] \"$request\" $status us=\"$upstream_status\"",
    );
    let format = format.expect("a format");
    let readers: [&dyn Fn(&mut Tally); 3] = [
        &|tally| ErrorLines::default().scan(data, Place::default(), tally),
        &|tally| nginx_access::AccessLines::default().scan(&format, data, Place::default(), tally),
        &|tally| OtherLines::default().scan(data, Place::default(), tally),
    ];
    for read in readers {
        let mut tally = Tally::default();
        read(&mut tally);
        assert_eq!(tally.lines, lines as u64);
        let counted: u64 = tally.cells().map(|(_, _, _, cell)| cell.count).sum();
        assert!(counted <= tally.records * 100, "more failures than tries");
    }
}

pub(super) fn nginx_errors(data: &[u8]) {
    let log = error_log::read(data);
    for record in &log.records {
        let _ = record.effect();
    }
}
