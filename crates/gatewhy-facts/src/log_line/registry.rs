//! Package registries that stand in front of others, in their own words: Verdaccio
//! (and Sinopia), Nexus Repository, Artifactory. They proxy as a gateway does, and
//! have a registry further on for their upstream.
use super::go_error;
use super::record::{LoggedAt, Record, Server};
use super::wrapper;
use crate::log_time;
use crate::nginx::error_log::Peer;
use crate::scan;
use crate::symptom::Symptom;

/// How Verdaccio begins a line of its pretty log: the level, then who speaks to whom.
const LEVELS: [&[u8]; 7] = [
    b"trace", b"debug", b"info", b"http", b"warn", b"error", b"fatal",
];

/// ` http <-- 500, user: null(127.0.0.1), req: 'GET /x', error: uplink is offline`,
/// ` http --> ERR, req: 'GET https://…', error: …`, ` warn --- host … is now offline`.
pub(super) fn verdaccio(line: &[u8]) -> Option<Record<'_>> {
    let text = line.trim_ascii_start();
    let level = LEVELS.iter().find(|level| text.starts_with(level))?;
    let rest = text.get(level.len()..)?.trim_ascii_start();
    let (arrow, rest) = rest.split_at_checked(3)?;
    let message = rest.strip_prefix(b" ").unwrap_or(rest).trim_ascii_start();
    let record = Record::new(Server::Verdaccio, message);
    match arrow {
        b"-->" | b"<--" => exchanged(record, arrow == b"-->"),
        b"---" => Some(told_of_itself(record)),
        _ => None,
    }
}

/// `502, req: 'GET URL', error: bad status code: 502`
fn exchanged(record: Record<'_>, with_uplink: bool) -> Option<Record<'_>> {
    if let Some(found) = changed(record) {
        return Some(found);
    }
    let (status, rest) = scan::split_once(record.message, ", ")?;
    let status: Option<u16> = scan::whole_number(status);
    scan::holds(rest, "req: '").then_some(())?;
    // A path may hold these words too; the error stands last.
    let error = scan::rsplit_once(rest, "', error: ").map(|(_, error)| error);
    let mut record = record;
    record.status = status;
    record.text = error;
    record.symptom = match (status, error) {
        (Some(status), _) if with_uplink && status >= 500 => Some(Symptom::RegistryError),
        (None, Some(error)) if with_uplink => of_node(error),
        (Some(500..), Some(error)) if !with_uplink => of_uplink(error).or_else(|| of_node(error)),
        _ => None,
    };
    Some(record)
}

/// `host registry.example.org is now offline`
fn changed(record: Record<'_>) -> Option<Record<'_>> {
    let rest = record.message.strip_prefix(b"host ")?;
    if let Some(host) = rest.strip_suffix(b" is now offline") {
        return Some(record.symptom(Symptom::UplinkOffline).text(Some(host)));
    }
    rest.ends_with(b" is back online").then_some(record)
}

fn told_of_itself(record: Record<'_>) -> Record<'_> {
    if let Some(found) = changed(record) {
        return found;
    }
    let uncaught = record
        .message
        .strip_prefix(b"uncaught exception, ")
        .is_some();
    let unexpected = record.message.strip_prefix(b"unexpected error: ");
    let symptom = if uncaught {
        Some(Symptom::BackendUncaught)
    } else {
        unexpected.and_then(of_node)
    };
    Record {
        symptom,
        text: unexpected,
        ..record
    }
}

/// What it answers its visitors because of an uplink.
fn of_uplink(error: &[u8]) -> Option<Symptom> {
    const WORDS: [(&str, Symptom); 4] = [
        ("uplink is offline", Symptom::UplinkOffline),
        ("one of the uplinks is down", Symptom::UplinkOffline),
        ("bad status code: 5", Symptom::RegistryError),
        ("registry error", Symptom::RegistryError),
    ];
    of_words(&WORDS, error)
}

fn of_words(words: &[(&str, Symptom)], text: &[u8]) -> Option<Symptom> {
    let found = words.iter().find(|(words, _)| scan::holds(text, words));
    found.map(|(_, symptom)| *symptom)
}

/// Errors of Node.js and of its HTTP clients.
fn of_node(error: &[u8]) -> Option<Symptom> {
    const WORDS: [(&str, Symptom); 14] = [
        ("ECONNREFUSED", Symptom::ConnectRefused),
        ("EHOSTUNREACH", Symptom::HostUnreachable),
        ("ENETUNREACH", Symptom::NetworkUnreachable),
        ("ENOTFOUND", Symptom::NameNotFound),
        ("EAI_AGAIN", Symptom::NameServerFailure),
        ("ESOCKETTIMEDOUT", Symptom::ResponseTimeout),
        ("connect ETIMEDOUT", Symptom::ConnectTimeout),
        ("ETIMEDOUT", Symptom::UpstreamTimeout),
        ("Timeout awaiting", Symptom::UpstreamTimeout),
        ("socket hang up", Symptom::ClosedBeforeResponse),
        ("ECONNRESET", Symptom::ResetBeforeResponse),
        ("certificate", Symptom::CertificateRejected),
        (
            "tunneling socket could not be established",
            Symptom::ConnectFailed,
        ),
        ("EPROTO", Symptom::TlsHandshakeFailed),
    ];
    of_words(&WORDS, error)
}

/// Errors of Java's HTTP clients.
fn of_java(error: &[u8]) -> Option<Symptom> {
    const WORDS: [(&str, Symptom); 17] = [
        ("Connection refused", Symptom::ConnectRefused),
        ("onnect timed out", Symptom::ConnectTimeout),
        ("ConnectTimeoutException", Symptom::ConnectTimeout),
        ("Read timed out", Symptom::ResponseTimeout),
        ("SocketTimeoutException", Symptom::UpstreamTimeout),
        ("UnknownHostException", Symptom::NameNotFound),
        ("No route to host", Symptom::HostUnreachable),
        ("Network is unreachable", Symptom::NetworkUnreachable),
        ("PKIX path", Symptom::CertificateRejected),
        ("CertPathBuilderException", Symptom::CertificateRejected),
        ("CertificateExpiredException", Symptom::CertificateRejected),
        (
            "SSLPeerUnverifiedException",
            Symptom::CertificateNameMismatch,
        ),
        ("SSLHandshakeException", Symptom::TlsHandshakeFailed),
        ("SSLException", Symptom::TlsFailed),
        ("NoHttpResponseException", Symptom::ClosedBeforeResponse),
        ("failed to respond", Symptom::ClosedBeforeResponse),
        ("Connection reset", Symptom::ResetBeforeResponse),
    ];
    of_words(&WORDS, error)
}

/// `2026-11-20 03:12:04,123+0000 WARN  [qtp1-23] node user org.sonatype.nexus.… - message`
pub(super) fn nexus(line: &[u8]) -> Option<Record<'_>> {
    let (civil, rest) = log_time::year_first(line)?;
    let (head, message) = scan::split_once(rest, " - ")?;
    let class = head.rsplit(|b| *b == b' ').next()?;
    let own = class.starts_with(b"org.sonatype.") || class.starts_with(b"com.sonatype.");
    // The HTTP client that it asks with; behind the thread Nexus names the user, which
    // other programs do not.
    let user = scan::rsplit_once(head, "] ").map(|(_, rest)| rest);
    let with_user = user.is_some_and(|rest| rest.contains(&b' '));
    let client = with_user && class.starts_with(b"org.apache.http.impl.execchain.");
    (own || client).then_some(())?;
    let mut record = Record::new(Server::Nexus, message);
    record.at = Some(LoggedAt::Civil(civil));
    Some(
        fetched(record)
            .or_else(|| blocked(record))
            .or_else(|| broken(record))
            .unwrap_or(record),
    )
}

/// `Exception … checking remote for update, proxy repo NAME failed to fetch PATH with
/// status line HTTP/1.1 502 Bad Gateway, content not in cache.`
fn fetched(record: Record<'_>) -> Option<Record<'_>> {
    let rest = record.message.strip_prefix(b"Exception ")?;
    let (exception, rest) = scan::split_once(rest, " checking remote for update, proxy repo ")?;
    let (repository, rest) = scan::split_once(rest, " failed to fetch ")?;
    let served = rest.ends_with(b", returning content from cache.");
    let line = scan::rsplit_once(rest, " with status line HTTP/").map(|(_, line)| line);
    let status = line.and_then(|line| scan::whole_number(line.split(|b| *b == b' ').nth(1)?));
    let symptom = match status {
        Some(500..) => Some(Symptom::RegistryError),
        Some(_) => None,
        None => of_java(exception),
    };
    Some(Record {
        status,
        text: Some(repository),
        symptom: symptom.filter(|_| !served),
        ..record
    })
}

/// `Repository status for NAME changed from AVAILABLE to AUTO_BLOCKED_UNAVAILABLE until
/// TIME - reason … for URL`
fn blocked(record: Record<'_>) -> Option<Record<'_>> {
    let rest = record.message.strip_prefix(b"Repository status for ")?;
    let (repository, rest) = scan::split_once(rest, " ")?;
    let now = rest
        .strip_prefix(b"continued as ")
        .or_else(|| Some(scan::split_once(rest, " to ")?.1))?;
    let down = now.starts_with(b"AUTO_BLOCKED_UNAVAILABLE") || now.starts_with(b"UNAVAILABLE");
    let record = record.text(Some(repository));
    if !down {
        return Some(record);
    }
    let reason = scan::split_once(now, " - reason ").map(|(_, reason)| reason);
    let symptom = reason.and_then(of_java).unwrap_or(Symptom::UplinkOffline);
    Some(record.symptom(symptom))
}

/// `Got RemoteStorageException in proxy repository "NAME" [id=ID] while …, cause: …` of
/// Nexus 2, and `I/O exception (CLASS) caught when processing request to …` of the HTTP
/// client in both.
fn broken(record: Record<'_>) -> Option<Record<'_>> {
    let client = ["I/O exception (", "Recoverable I/O exception ("];
    let by_client = client
        .iter()
        .find_map(|words| record.message.strip_prefix(words.as_bytes()));
    let by_nexus = || {
        let rest = record
            .message
            .strip_prefix(b"Got RemoteStorageException in proxy repository ")?;
        Some(scan::rsplit_once(rest, ", cause: ")?.1)
    };
    let error = by_client.or_else(by_nexus)?;
    Some(record.symptom(of_java(error)?).text(Some(error)))
}

/// `2026-11-20T03:12:04.123Z [jfrou] [ERROR] [TRACE] [FILE:LINE] [THREAD] - message` of
/// Artifactory and the services beside it; its time may have been taken off before.
pub(super) fn jfrog(line: &[u8]) -> Option<Record<'_>> {
    let (time, rest) = match line.strip_prefix(b"[") {
        Some(_) => (None, line),
        None => scan::split_once(line, " ").map(|(time, rest)| (Some(time), rest))?,
    };
    let at = time.map(|time| wrapper::iso(time).ok_or(()));
    let at = at.transpose().ok()?;
    let (service, rest) = scan::split_once(rest.strip_prefix(b"[")?, "]")?;
    let letters = service.trim_ascii_end();
    let named = letters.starts_with(b"jf") && (3..=6).contains(&letters.len());
    let (level, rest) = scan::split_once(rest.strip_prefix(b" [")?, "]")?;
    let known: [&[u8]; 7] = [
        b"TRACE", b"DEBUG", b"INFO", b"WARN", b"WARNING", b"ERROR", b"FATAL",
    ];
    (named && known.contains(&level.trim_ascii_end())).then_some(())?;
    let (_, message) = scan::split_once(rest, "] - ")?;
    let mut record = Record::new(Server::Artifactory, message);
    record.at = at;
    Some(of_jfrog(record))
}

fn of_jfrog(record: Record<'_>) -> Record<'_> {
    let text = record.message;
    if scan::holds(text, "assumed offline") {
        return record.symptom(Symptom::UplinkOffline);
    }
    if scan::holds(text, "failed with code : ECONNREFUSED") {
        return record.symptom(Symptom::ConnectRefused);
    }
    if scan::holds(text, "java.lang.OutOfMemoryError") {
        return record.symptom(Symptom::BackendHeapExhausted);
    }
    let go = [
        "dial tcp ",
        "Client.Timeout exceeded",
        "context deadline exceeded",
    ];
    if go.iter().any(|words| scan::holds(text, words))
        && let Some(found) = go_error::read(text)
    {
        return found.told(record);
    }
    let remote = scan::split_once(text, "Connect to ").map(|(_, rest)| rest);
    let peer = remote.and_then(|rest| rest.split(|b| *b == b' ').next());
    let failed = remote
        .filter(|rest| scan::holds(rest, " failed: "))
        .and_then(of_java);
    Record {
        symptom: failed,
        ..record.peer(peer.filter(|_| failed.is_some()).map(Peer::parse))
    }
}

/// What npm writes into its own log: `8 http fetch GET 502 URL 71953ms attempt #3`,
/// `12 verbose stack Error: 502 Bad Gateway: lodash@latest`.
pub(super) fn npm_log(line: &[u8]) -> Option<Record<'_>> {
    // Which of the words behind it is the status: others may be a version or a port.
    const WORDS: [(&[u8], usize); 7] = [
        (b"http fetch ", 0),
        (
            b"warn retry will retry, error on last attempt: Error: fetch failed with status code ",
            0,
        ),
        (
            b"info retry will retry, error on last attempt: Error: server error ",
            0,
        ),
        (b"verbose stack Error: ", 0),
        (b"silly fetchPackageMetaData error for ", 1),
        (b"error code E", 0),
        (b"error ", 0),
    ];
    let (_, rest) = scan::number(line)?;
    let rest = rest.strip_prefix(b" ")?;
    let (said, place) = WORDS
        .iter()
        .find_map(|(words, place)| Some((rest.strip_prefix(*words)?, *place)))?;
    // The method; before version 5 of npm it stands in a line of its own.
    let is_method = |word: &&[u8]| !word.is_empty() && word.iter().all(u8::is_ascii_uppercase);
    let mut words = said.split(|b| *b == b' ').skip(place).skip_while(is_method);
    let word = words.next()?;
    let status: u16 = scan::whole_number(word)?;
    (502..=504).contains(&status).then_some(())?;
    let mut record = Record::new(Server::RegistryClient, line).symptom(Symptom::RegistryError);
    record.status = Some(status);
    Some(record)
}

#[cfg(test)]
mod tests {
    use super::super::recognise;
    use super::*;
    use crate::prelude::*;
    use proptest::prelude::*;

    fn symptom(line: &str) -> Option<(Server, Option<Symptom>, Option<u16>)> {
        recognise(line.as_bytes()).map(|record| (record.server, record.symptom, record.status))
    }

    #[test]
    fn verdaccio_tells_of_its_uplinks() {
        let of = |line| symptom(line);
        let offline = Some(Symptom::UplinkOffline);
        assert_eq!(
            of("http  <-- 500, user: undefined, req: 'GET /a/-/a-1.tgz', error: uplink is offline"),
            Some((Server::Verdaccio, offline, Some(500)))
        );
        assert_eq!(
            of(" warn --- host registry.example.org is now offline"),
            Some((Server::Verdaccio, offline, None))
        );
        assert_eq!(
            of(" http --> ERR, req: 'GET https://registry.example.org/a', error: socket hang up"),
            Some((Server::Verdaccio, Some(Symptom::ClosedBeforeResponse), None))
        );
        assert_eq!(
            of(" http <-- 200, user: null(127.0.0.1), req: 'GET /uplink is offline', bytes: 0/9"),
            Some((Server::Verdaccio, None, Some(200)))
        );
        assert_eq!(
            of("warn  --> host registry.example.org is back online"),
            Some((Server::Verdaccio, None, None))
        );
    }

    #[test]
    fn nexus_tells_of_its_remotes() {
        let head = "2026-08-20 20:16:48,452+0000 WARN  [qtp1-9] n1 anna org.sonatype.nexus.repository.p2.P2ProxyFacetImpl - ";
        let line = format!(
            "{head}Exception org.sonatype.nexus.repository.proxy.ProxyServiceException: HTTP/1.1 502 Bad Gateway checking remote for update, proxy repo xtext failed to fetch a/b.jar with status line HTTP/1.1 502 Bad Gateway, content not in cache."
        );
        assert_eq!(
            symptom(&line),
            Some((Server::Nexus, Some(Symptom::RegistryError), Some(502)))
        );
        let served = line.replace("content not in cache", "returning content from cache");
        assert_eq!(symptom(&served), Some((Server::Nexus, None, Some(502))));
        let absent = line.replace("502", "404");
        assert_eq!(symptom(&absent), Some((Server::Nexus, None, Some(404))));
        let blocked = format!(
            "{head}Repository status for npm changed from AVAILABLE to AUTO_BLOCKED_UNAVAILABLE until 2026-08-20T20:17:28.452Z - reason java.net.UnknownHostException: registry.example.org for https://registry.example.org"
        );
        assert_eq!(
            symptom(&blocked),
            Some((Server::Nexus, Some(Symptom::NameNotFound), None))
        );
        let untrusted = format!(
            "{head}Got RemoteStorageException in proxy repository \"Central\" [id=central] while retrieving remote artifact \"x\" from URL https://repo.example.org/, this is 2 (re)try, cause: sun.security.provider.certpath.SunCertPathBuilderException: unable to find valid certification path to requested target"
        );
        assert_eq!(
            symptom(&untrusted),
            Some((Server::Nexus, Some(Symptom::CertificateRejected), None))
        );
        let back = format!(
            "{head}Repository status for npm changed from READY to AVAILABLE - reason n/a for n/a"
        );
        assert_eq!(symptom(&back), Some((Server::Nexus, None, None)));
    }

    #[test]
    fn artifactory_tells_which_of_its_services_does_not_answer() {
        let line = "2026-01-11T14:01:56.786Z [jfrou] [ERROR] [2016c91024234] [external_topology.go:82       ] [main                ] - Failed fetching external topology from Access: Get \"http://localhost:8040/access/api/v1/topology\": dial tcp 127.0.0.1:8040: connect: connection refused";
        let record = recognise(line.as_bytes()).unwrap();
        assert_eq!(record.server, Server::Artifactory);
        assert_eq!(record.symptom, Some(Symptom::ConnectRefused));
        assert_eq!(record.port(), Some(8040));
        assert!(record.at.is_some());
        let fine = line.replace("dial tcp", "answered by");
        let record = recognise(fine.as_bytes()).unwrap();
        assert_eq!((record.server, record.symptom), (Server::Artifactory, None));
    }

    #[test]
    fn older_npm_names_the_status_too() {
        let registry = Some((
            Server::RegistryClient,
            Some(Symptom::RegistryError),
            Some(504),
        ));
        assert_eq!(
            symptom("105479 http fetch 504 https://registry.example.org/a-1.tgz"),
            registry
        );
        assert_eq!(
            symptom(
                "105481 warn retry will retry, error on last attempt: Error: fetch failed with status code 504"
            ),
            registry
        );
        assert!(npm_log(b"105478 http fetch GET https://registry.example.org/504").is_none());
        assert!(npm_log(b"105478 http fetch 200 https://registry.example.org/504").is_none());
    }

    #[test]
    fn npm_s_own_log_names_the_status() {
        let registry = |status| {
            Some((
                Server::RegistryClient,
                Some(Symptom::RegistryError),
                Some(status),
            ))
        };
        assert_eq!(
            symptom("8 http fetch GET 502 http://localhost:4873/lodash 71953ms attempt #3"),
            registry(502)
        );
        assert_eq!(
            symptom("12 verbose stack Error: 503 Service Unavailable: lodash@latest"),
            registry(503)
        );
        let served = b"8 http fetch GET 200 http://localhost:504/a-502-503.tgz 502ms";
        assert!(npm_log(served).is_none());
    }

    proptest! {
        #[test]
        fn nothing_makes_these_readers_fail(
            head in proptest::sample::select(vec![
                "http <-- 5", " warn --- host ", "2026-11-20 03:12:04,123 WARN x org.sonatype.a - Exception ",
                "2026-11-20T03:12:04Z [jfrt ] [WARN ] ", "8 http fetch ", "",
            ]),
            tail in proptest::collection::vec(any::<u8>(), 0..120),
        ) {
            let line = [head.as_bytes(), &tail].concat();
            for read in [verdaccio, nexus, jfrog, npm_log] {
                let _ = read(&line);
            }
        }
    }
}
