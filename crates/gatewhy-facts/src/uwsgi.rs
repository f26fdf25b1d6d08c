//! uWSGI's settings, from its command line and its ini file.
//!
//! An option has one name in both: `harakiri = 2` in the file, `--harakiri 2` or
//! `--harakiri=2` on the command line; `_` and `-` are the same.
use crate::prelude::*;
use crate::scan;

/// A setting of an ini file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IniSetting {
    /// Its line, counted from 1.
    pub line: u32,
    /// Its value.
    pub value: String,
}

/// The ini file that a command line names.
pub fn ini_path<S: AsRef<str>>(arguments: &[S]) -> Option<&str> {
    let words: Vec<&str> = arguments.iter().map(AsRef::as_ref).collect();
    let named = option(&words, "ini").or_else(|| option(&words, "i"));
    let bare = || {
        let ini = |word: &&&str| !word.starts_with('-') && word.strip_suffix(".ini").is_some();
        words.iter().skip(1).find(ini).copied()
    };
    named.or_else(bare)
}

/// The last value of an option on a command line.
pub fn in_command<S: AsRef<str>>(arguments: &[S], name: &str) -> Option<String> {
    let words: Vec<&str> = arguments.iter().map(AsRef::as_ref).collect();
    option(&words, name).map(str::to_owned)
}

fn option<'a>(words: &[&'a str], name: &str) -> Option<&'a str> {
    let mut values = words.iter().enumerate().filter_map(|(at, word)| {
        let flag = word.strip_prefix("--").or_else(|| word.strip_prefix('-'))?;
        match flag.split_once('=') {
            Some((flag, value)) => is(flag, name).then_some(value),
            None => is(flag, name).then(|| words.get(at.saturating_add(1)).copied())?,
        }
    });
    values.next_back()
}

/// The last line of the section `[uwsgi]` that makes a setting.
pub fn in_file(text: &[u8], name: &str) -> Option<IniSetting> {
    let mut within = false;
    let mut found = None;
    for line in scan::lines(text) {
        let bytes = line.bytes.trim_ascii();
        if bytes.starts_with(b"[") {
            within = bytes == b"[uwsgi]";
        } else if within && !bytes.starts_with(b"#") && !bytes.starts_with(b";") {
            let text = String::from_utf8_lossy(bytes).into_owned();
            let set = text.split_once('=').filter(|(key, _)| is(key.trim(), name));
            found = set.map_or(found, |(_, value)| {
                Some(IniSetting {
                    line: line.number,
                    value: value.trim().to_owned(),
                })
            });
        }
    }
    found
}

fn is(word: &str, name: &str) -> bool {
    word.replace('_', "-") == name
}

#[cfg(test)]
mod tests {
    use super::*;

    const INI: &[u8] = b"[other]\nharakiri = 9\n[uwsgi]\nplugins = python3\n; harakiri = 5\nharakiri = 2\nlimit_post=1000000\n";

    #[test]
    fn the_file_and_the_command_have_the_same_names() {
        let harakiri = in_file(INI, "harakiri").unwrap();
        assert_eq!((harakiri.line, harakiri.value.as_str()), (6, "2"));
        assert_eq!(in_file(INI, "limit-post").unwrap().value, "1000000");
        assert_eq!(in_file(INI, "listen"), None);
        let words = [
            "/usr/bin/uwsgi",
            "--ini",
            "/srv/app/uwsgi.ini",
            "--limit-post=5",
            "-p",
            "4",
        ];
        assert_eq!(ini_path(&words), Some("/srv/app/uwsgi.ini"));
        assert_eq!(in_command(&words, "limit-post").as_deref(), Some("5"));
        assert_eq!(in_command(&words, "p").as_deref(), Some("4"));
        assert_eq!(in_command(&words, "harakiri"), None);
        assert_eq!(ini_path(&["uwsgi", "app.ini"]), Some("app.ini"));
        assert_eq!(ini_path(&["uwsgi", "--ini"]), None);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text: Vec<u8>, words: Vec<String>, name: String) {
            let _ = (in_file(&text, &name), ini_path(&words), in_command(&words, &name));
        }
    }
}
