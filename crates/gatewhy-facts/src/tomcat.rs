//! Tomcat's `server.xml`: the connectors, each a port with its threads.
//!
//! Only start tags and their attributes matter; comments, which Debian's file is full
//! of, do not. A value with `${…}` in it is a property of the JVM's, and not known.
use crate::prelude::*;
use crate::scan;

/// Tomcat's own limit on the threads of a connector.
pub const DEFAULT_THREADS: u64 = 200;
/// The most attributes of one tag that are looked at.
const ATTRIBUTES: usize = 64;

/// A `<Connector …>` of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connector {
    /// The line on which its tag begins, counted from 1.
    pub line: u32,
    /// `port`; none when it is not a number.
    pub port: Option<u16>,
    /// `address`, as it is written. Without one HTTP listens on all addresses, and AJP on
    /// the loopback.
    pub address: Option<String>,
    /// Whether it speaks AJP, and not HTTP.
    pub ajp: bool,
    /// Whether `SSLEnabled="true"`.
    pub tls: bool,
    /// `maxThreads`, its own or its executor's, and the line that sets it.
    pub max_threads: Option<(u64, u32)>,
    /// Whether `secret` (`requiredSecret` in older releases) has a value.
    pub has_secret: bool,
    /// `secretRequired`; AJP wants one unless it says `false`.
    pub secret_required: bool,
}

impl Connector {
    /// Whether it refuses to start: an AJP connector that wants a secret and has none.
    pub const fn lacks_secret(&self) -> bool {
        self.ajp && self.secret_required && !self.has_secret
    }

    /// As it stands in the file, for people.
    pub fn written(&self) -> String {
        let port = self
            .port
            .map_or_else(String::new, |port| format!(" port=\"{port}\""));
        let protocol = if self.ajp {
            " protocol=\"AJP/1.3\""
        } else {
            ""
        };
        format!("<Connector{port}{protocol}>")
    }
}

/// A start tag with its attributes.
struct Tag<'a> {
    name: &'a [u8],
    line: u32,
    attributes: Vec<(&'a [u8], String)>,
}

impl Tag<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        let mut all = self.attributes.iter();
        let found = all.find(|(key, _)| *key == name.as_bytes());
        found.map(|(_, value)| value.as_str())
    }
}

/// The connectors of a `server.xml`, in order.
pub fn connectors(text: &[u8]) -> Vec<Connector> {
    let tags = tags(text);
    let executors = tags.iter().filter(|tag| tag.name == b"Executor");
    let executors: Vec<&Tag<'_>> = executors.collect();
    let all = tags.iter().filter(|tag| tag.name == b"Connector");
    all.map(|tag| connector(tag, &executors)).collect()
}

fn connector(tag: &Tag<'_>, executors: &[&Tag<'_>]) -> Connector {
    let protocol = tag.get("protocol").unwrap_or("HTTP/1.1");
    let ajp = protocol.starts_with("AJP/") || protocol.contains(".ajp.");
    let named = tag.get("executor");
    let executor = named.and_then(|name| {
        let mut all = executors.iter();
        all.find(|executor| executor.get("name") == Some(name))
    });
    // The connector's own setting counts only where it names no executor.
    let threads = executor.map_or(tag, |executor| *executor);
    let limit = threads
        .get("maxThreads")
        .and_then(|limit| limit.trim().parse().ok());
    let secret = tag.get("secret").or_else(|| tag.get("requiredSecret"));
    Connector {
        line: tag.line,
        port: tag.get("port").and_then(|port| port.trim().parse().ok()),
        address: tag.get("address").map(str::to_owned),
        ajp,
        tls: tag.get("SSLEnabled") == Some("true"),
        max_threads: limit.map(|limit| (limit, threads.line)),
        has_secret: secret.is_some_and(|secret| !secret.is_empty()),
        secret_required: tag.get("secretRequired").is_none_or(|word| word != "false"),
    }
}

/// The start tags of a text, without what stands in comments.
fn tags(text: &[u8]) -> Vec<Tag<'_>> {
    let (mut out, mut rest, mut line) = (Vec::new(), text, 1_u32);
    while let Some((before, inside)) = scan::split_once(rest, "<") {
        line = line.saturating_add(lines_in(before));
        let (taken, next) = match inside {
            [b'!', b'-', b'-', ..] => up_to(inside, b"-->"),
            [b'!' | b'?' | b'/', ..] => up_to(inside, b">"),
            _ => {
                let end = end_of_tag(inside);
                out.push(tag(inside.get(..end).unwrap_or(inside), line));
                inside.split_at_checked(end).unwrap_or((inside, b""))
            }
        };
        line = line.saturating_add(lines_in(taken));
        rest = next;
    }
    out
}

fn up_to<'a>(text: &'a [u8], end: &[u8]) -> (&'a [u8], &'a [u8]) {
    let at = scan::find(text, end).map_or(text.len(), |at| at.saturating_add(end.len()));
    text.split_at_checked(at).unwrap_or((text, b""))
}

/// The offset of the `>` that ends a tag: one in quotes does not. A tag that does not
/// end before the next one begins is a mistake, and ends there.
fn end_of_tag(text: &[u8]) -> usize {
    let mut quote = None;
    for (at, byte) in text.iter().enumerate() {
        match (quote, byte) {
            (None, b'>' | b'<') => return at,
            (None, b'"' | b'\'') => quote = Some(*byte),
            (Some(open), byte) if open == *byte => quote = None,
            _ => {}
        }
    }
    text.len()
}

fn tag(text: &[u8], line: u32) -> Tag<'_> {
    let is_name = |byte: &u8| !byte.is_ascii_whitespace() && !matches!(byte, b'/' | b'=');
    let end = text.iter().position(|b| !is_name(b)).unwrap_or(text.len());
    let (name, mut rest) = text.split_at_checked(end).unwrap_or((text, b""));
    let mut attributes = Vec::new();
    while let Some((key, value, next)) = attribute(rest) {
        attributes.push((key, scan::lossy(value)));
        rest = next;
        if attributes.len() == ATTRIBUTES {
            break;
        }
    }
    Tag {
        name,
        line,
        attributes,
    }
}

/// `key = "value"`, and what follows.
fn attribute(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (key, rest) = scan::split_once(text, "=")?;
    let rest = rest.trim_ascii_start();
    let quote = rest.first().filter(|byte| matches!(byte, b'"' | b'\''))?;
    let inside = rest.get(1..)?;
    let end = inside.iter().position(|byte| byte == quote)?;
    let next = inside.get(end.saturating_add(1)..)?;
    Some((key.trim_ascii(), inside.get(..end)?, next))
}

fn lines_in(text: &[u8]) -> u32 {
    let count = memchr::memchr_iter(b'\n', text).count();
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const XML: &[u8] = br#"<?xml version="1.0"?>
<!-- <Connector port="8443" protocol="HTTP/1.1" /> -->
<Server port="-1">
  <Service name="Catalina">
    <Executor name="pool" namePrefix="catalina-exec-"
        maxThreads="150" minSpareThreads="4"/>
    <Connector port="8080" protocol="HTTP/1.1"
               redirectPort="8443" maxThreads = '4' />
    <!-- A "Connector" using the shared thread pool
    <Connector port="8090"/>
    -->
    <Connector executor="pool" port="8081" maxThreads="9" SSLEnabled="true"><UpgradeProtocol className="a>b" /></Connector>
    <Connector protocol="AJP/1.3" address="127.0.0.1" port="8009"/>
    <Connector protocol="org.apache.coyote.ajp.AjpNio2Protocol" port="${ajp.port}" secret="x"/>
  </Service>
</Server>
"#;

    #[test]
    fn connectors_are_read_with_their_lines_and_without_comments() {
        let all = connectors(XML);
        let ports: Vec<_> = all.iter().map(|one| (one.line, one.port)).collect();
        let expected = [
            (7, Some(8080)),
            (12, Some(8081)),
            (13, Some(8009)),
            (14, None),
        ];
        assert_eq!(ports, expected);
        let threads: Vec<_> = all.iter().map(|one| one.max_threads).collect();
        assert_eq!(threads, [Some((4, 7)), Some((150, 5)), None, None]);
        assert!(
            all.iter()
                .map(|one| one.tls)
                .eq([false, true, false, false])
        );
        assert!(all.iter().map(|one| one.ajp).eq([false, false, true, true]));
    }

    #[test]
    fn an_ajp_connector_wants_a_secret() {
        let all = connectors(XML);
        let lacking: Vec<bool> = all.iter().map(Connector::lacks_secret).collect();
        assert_eq!(lacking, [false, false, true, false]);
        let open =
            connectors(br#"<Connector protocol="AJP/1.3" port="8009" secretRequired="false"/>"#);
        assert!(!open.iter().any(Connector::lacks_secret));
    }

    #[test]
    fn a_file_with_a_mistake_is_read_as_far_as_it_goes() {
        let broken = b"<Connector port=\"8080\" maxThreads=\"50\n redirectPort=\"1\" />\n<Connector port=\"9\"/>";
        assert_eq!(
            connectors(broken).first().and_then(|one| one.port),
            Some(8080)
        );
        assert!(
            connectors(b"<Connector")
                .first()
                .is_some_and(|one| one.port.is_none())
        );
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text: Vec<u8>, cut in 0_usize..900) {
            let _ = connectors(&text);
            let _ = connectors(XML.get(..cut).unwrap_or(XML));
        }
    }
}
