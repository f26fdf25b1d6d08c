//! `/etc/apache2/envvars`: a shell script that sets the variables which Debian's
//! configuration uses. Only plain assignments are understood.
use crate::prelude::*;

/// Variables by name.
pub type Variables = BTreeMap<String, String>;

/// Debian's values, which hold where the file cannot be read.
pub fn usual() -> Variables {
    let pairs = [
        ("APACHE_RUN_USER", "www-data"),
        ("APACHE_RUN_GROUP", "www-data"),
        ("APACHE_PID_FILE", "/var/run/apache2/apache2.pid"),
        ("APACHE_RUN_DIR", "/var/run/apache2"),
        ("APACHE_LOCK_DIR", "/var/lock/apache2"),
        ("APACHE_LOG_DIR", "/var/log/apache2"),
    ];
    pairs
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// The assignments of a script: `export NAME=VALUE` and `NAME=VALUE`, with the
/// variables that were set before.
pub fn parse(text: &[u8]) -> Variables {
    let mut all = Variables::new();
    for line in text.split(|byte| *byte == b'\n') {
        let line = String::from_utf8_lossy(line).into_owned();
        let line = line.trim();
        let line = line.strip_prefix("export ").unwrap_or(line);
        let Some((name, value)) = line.split_once('=') else {
            continue;
        };
        if !is_name(name) {
            continue;
        }
        let value = value.split(" #").next().unwrap_or_default();
        let value = value.trim().trim_matches(['"', '\'']);
        let value = shell_expanded(value, &all);
        all.insert(name.to_owned(), value);
    }
    all
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// `$NAME` and `${NAME}` by their values; unknown ones are empty, as in a shell.
fn shell_expanded(text: &str, known: &Variables) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let braced = after.strip_prefix('{').and_then(|t| t.split_once('}'));
        let (name, behind) = braced.unwrap_or_else(|| bare_name(after));
        out.push_str(known.get(name).map_or("", String::as_str));
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// A name that ends where its letters do.
fn bare_name(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    text.split_at(end.unwrap_or(text.len()))
}

/// `${NAME}` by its value, as httpd does it; unknown ones stay as they are.
pub fn expanded(text: &str, known: &Variables) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        let Some((name, behind)) = after.split_once('}') else {
            out.push_str("${");
            rest = after;
            break;
        };
        match known.get(name) {
            Some(value) => out.push_str(value),
            None => out.push_str(&format!("${{{name}}}")),
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debians_file_is_understood() {
        let text = b"# comment\nunset HOME\nSUFFIX=\nexport APACHE_LOG_DIR=/var/log/apache2$SUFFIX\nexport LANG=C\n";
        let all = parse(text);
        assert_eq!(all["APACHE_LOG_DIR"], "/var/log/apache2");
        assert_eq!(
            expanded("${APACHE_LOG_DIR}/a.log ${NO}", &all),
            "/var/log/apache2/a.log ${NO}"
        );
        assert_eq!(expanded("${", &all), "${");
    }
}
