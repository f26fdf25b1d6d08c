//! What varnishd's command line says: it is no part of the VCL.
use crate::forward;
use crate::prelude::*;
use core::time::Duration;

/// What a command line says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandLine {
    /// `-a`: the ports it listens on.
    pub ports: Vec<u16>,
    /// `-f`: the VCL file.
    pub vcl: Option<String>,
    /// `-b`: the one backend, where there is no VCL.
    pub backend: Option<String>,
    /// `-n`: the instance's name.
    pub name: Option<String>,
    /// `-p NAME=VALUE`
    pub parameters: BTreeMap<String, String>,
}

impl CommandLine {
    /// Reads the words behind the program's name.
    pub fn read<'w>(words: impl IntoIterator<Item = &'w str>) -> Self {
        let mut out = Self::default();
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            let Some(option) = word.strip_prefix('-') else {
                continue;
            };
            let mut letters = option.chars();
            let letter = letters.next();
            let rest = letters.as_str();
            let mut value = || match rest {
                "" => words.next().unwrap_or_default().to_owned(),
                rest => rest.to_owned(),
            };
            match letter {
                Some('a') => out.ports.extend(port(&value())),
                Some('f') => out.vcl = Some(value()),
                Some('b') => out.backend = Some(value()),
                Some('n') => out.name = Some(value()),
                Some('p') => {
                    let text = value();
                    let pair = text.split_once('=');
                    out.parameters
                        .extend(pair.map(|(k, v)| (k.to_owned(), v.to_owned())));
                }
                _ => {}
            }
        }
        if out.ports.is_empty() {
            out.ports.push(80);
        }
        out
    }

    /// A parameter that is a duration in seconds.
    pub fn seconds(&self, name: &str) -> Option<Duration> {
        forward::duration(self.parameters.get(name)?)
    }
}

/// `[NAME=][ADDRESS]:PORT[,PROTOCOL…]`
fn port(text: &str) -> Option<u16> {
    let text = text.split(',').next()?;
    let text = text.rsplit_once('=').map_or(text, |(_, address)| address);
    if text.starts_with('/') {
        return None;
    }
    match text.rsplit_once(':') {
        Some((_, port)) => port.parse().ok(),
        None => Some(80),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_of_debians_unit() {
        let words = "/usr/sbin/varnishd -j unix,user=vcache -F -a :80 -a tls=localhost:8443,PROXY -T localhost:6082 -f /etc/varnish/default.vcl -S /etc/varnish/secret -s malloc,256m -p first_byte_timeout=5";
        let read = CommandLine::read(words.split(' '));
        assert_eq!(read.ports, [80, 8443]);
        assert_eq!(read.vcl.as_deref(), Some("/etc/varnish/default.vcl"));
        assert_eq!(
            read.seconds("first_byte_timeout"),
            Some(Duration::from_secs(5))
        );
        assert_eq!(CommandLine::read(["-b", "a:1"]).ports, [80]);
    }
}
