//! Logs that Apache writes to a program: `rotatelogs`, which writes them to files by the
//! time (`rotatelogs(8)`).
use crate::prelude::*;
use crate::time::Moment;

/// What `rotatelogs` is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotated {
    /// The file's name, perhaps with `%` items as `strftime` has them.
    pub template: String,
    /// Every how many seconds another file is begun; none where only its size counts.
    pub interval_secs: Option<i64>,
    /// Seconds east of UTC by which the time is counted.
    pub offset_secs: Option<i32>,
    /// `-l`: by the host's own zone.
    pub local: bool,
    /// `-t`, `-n`: the name stays as it is written.
    pub keeps_name: bool,
    /// `-L`: another name of the file that is written now.
    pub link: Option<String>,
}

/// Reads the argument of a log's directive; none unless it is `rotatelogs` that is piped to.
pub fn rotated(argument: &str) -> Option<Rotated> {
    let command = argument.strip_prefix('|')?.trim_start_matches(['|', '$']);
    let mut words = command.split_ascii_whitespace();
    if words.next()?.rsplit('/').next() != Some("rotatelogs") {
        return None;
    }
    let mut found = Rotated {
        template: String::new(),
        interval_secs: None,
        offset_secs: None,
        local: false,
        keeps_name: false,
        link: None,
    };
    while let Some(word) = words.next() {
        match word {
            "-L" => found.link = words.next().map(unquoted),
            "-p" => drop(words.next()),
            "-n" => {
                found.keeps_name = true;
                words.next();
            }
            _ if word.starts_with('-') => {
                found.local |= word.contains('l');
                found.keeps_name |= word.contains('t');
            }
            _ => {
                found.template = unquoted(word);
                found.limits(words);
                break;
            }
        }
    }
    (!found.template.is_empty()).then_some(found)
}

fn unquoted(word: &str) -> String {
    word.trim_matches(['"', '\'']).to_owned()
}

impl Rotated {
    /// Behind the name: seconds or a size (`5M`), or both, then minutes east of UTC.
    fn limits<'w>(&mut self, words: impl Iterator<Item = &'w str>) {
        for word in words {
            if word.ends_with(['B', 'K', 'M', 'G']) {
                continue;
            }
            let Ok(number) = word.parse::<i64>() else {
                continue;
            };
            if self.interval_secs.is_none() {
                self.interval_secs = Some(number).filter(|secs| *secs > 0);
            } else {
                let secs = number.checked_mul(60);
                self.offset_secs = secs.and_then(|secs| i32::try_from(secs).ok());
            }
        }
    }

    /// The file that is written at a moment, where the time alone tells; `zone_secs` is
    /// how far east of UTC the host is.
    pub fn file_at(&self, now: Moment, zone_secs: i32) -> Option<String> {
        if let Some(link) = &self.link {
            return Some(link.clone());
        }
        if self.keeps_name {
            return Some(self.template.clone());
        }
        let interval = self.interval_secs?;
        let offset = if self.local {
            zone_secs
        } else {
            self.offset_secs.unwrap_or(0)
        };
        let shifted = now.secs().checked_add(i64::from(offset))?;
        let start = shifted.div_euclid(interval).checked_mul(interval)?;
        if self.template.contains('%') {
            return Moment::from_secs(start).strftime(&self.template);
        }
        let start = start.checked_sub(i64::from(offset))?;
        Some(format!("{}.{start:010}", self.template))
    }

    /// A pattern that all its files match.
    pub fn pattern(&self) -> String {
        if self.keeps_name {
            return self.template.clone();
        }
        if !self.template.contains('%') {
            return format!("{}.[0-9]*", self.template);
        }
        let mut out = String::new();
        let mut letters = self.template.chars();
        while let Some(letter) = letters.next() {
            match (letter, (letter == '%').then(|| letters.next()).flatten()) {
                ('%', Some('%')) => out.push('%'),
                ('%', _) => out.push('*'),
                (other, _) => out.push(other),
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> Moment {
        // 2026-11-21 12:40:00 UTC
        Moment::from_secs(1_795_264_800)
    }

    #[test]
    fn the_file_of_a_day_is_named_by_its_date() {
        let daily =
            rotated("|/usr/bin/rotatelogs -l /var/log/apache2/error.%Y-%m-%d 86400").unwrap();
        assert_eq!(daily.pattern(), "/var/log/apache2/error.*-*-*");
        let today = daily.file_at(noon(), 3_600);
        assert_eq!(today.as_deref(), Some("/var/log/apache2/error.2026-11-21"));
        let hours = rotated("||/usr/sbin/rotatelogs /var/log/e.%H%M 3600").unwrap();
        assert_eq!(
            hours.file_at(noon(), 3_600).as_deref(),
            Some("/var/log/e.1200")
        );
        let offset = rotated("|rotatelogs /var/log/e.%H%M 3600 -300").unwrap();
        assert_eq!(
            offset.file_at(noon(), 0).as_deref(),
            Some("/var/log/e.0700")
        );
    }

    #[test]
    fn without_items_the_seconds_are_added() {
        let plain = rotated("|bin/rotatelogs /var/logs/errorlog 86400").unwrap();
        assert_eq!(
            plain.file_at(noon(), 0).as_deref(),
            Some("/var/logs/errorlog.1795219200")
        );
        assert_eq!(plain.pattern(), "/var/logs/errorlog.[0-9]*");
    }

    #[test]
    fn a_size_alone_does_not_tell_the_name() {
        let sized = rotated("|bin/rotatelogs /var/log/e.%Y 5M").unwrap();
        assert_eq!(sized.file_at(noon(), 0), None);
        let fixed = rotated("|bin/rotatelogs -t /var/log/e.log 5M").unwrap();
        assert_eq!(fixed.file_at(noon(), 0).as_deref(), Some("/var/log/e.log"));
        let linked = rotated("|bin/rotatelogs -L /var/log/now -f /var/log/e.%Y 5M").unwrap();
        assert_eq!(linked.file_at(noon(), 0).as_deref(), Some("/var/log/now"));
    }

    #[test]
    fn other_programs_tell_nothing() {
        for text in [
            "|/usr/bin/logger -t apache",
            "/var/log/error.log",
            "|",
            "|rotatelogs -l",
        ] {
            assert_eq!(rotated(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics(words: String, now: i64, zone: i32) {
            if let Some(found) = rotated(&format!("|rotatelogs {words}")) {
                let _ = (found.file_at(Moment(now), zone), found.pattern());
            }
        }

        #[test]
        fn never_panics_on_items(template in "/[%a-zA-Z0-9:.]{0,12}", secs in 0..i64::MAX, now: i64) {
            if let Some(found) = rotated(&format!("|rotatelogs {template} {secs}")) {
                let _ = (found.file_at(Moment(now), 0), found.pattern());
            }
        }
    }
}
