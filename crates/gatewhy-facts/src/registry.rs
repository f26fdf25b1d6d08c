//! Package registries that fetch from others: how each is known, where it tells how it is,
//! and what its refusals mean.
//!
//! Verdaccio's end point as the program has it (5.8); Nexus Repository's from the source of
//! version 3 (`EnvironmentFilter`, `StatusResource`, `ProxyHandler`, `ViewServlet`);
//! Artifactory's from its documentation (REST API, *System Health Ping*).
use crate::prelude::*;

/// Which registry it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Product {
    /// Verdaccio.
    Verdaccio,
    /// Nexus Repository 3.
    Nexus,
    /// Artifactory.
    Artifactory,
}

/// What a registry says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// It is well.
    Well,
    /// It is not: the status of its answer.
    Unwell(u16),
}

/// What an error that a registry answers means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The registry that it fetches from could not be reached, or broke off.
    Unreached,
    /// The registry that it fetches from answered an error; or too many wait for the same.
    Refused,
    /// The repository was taken offline in its settings.
    Offline,
    /// It takes nothing in, as its database may only be read.
    ReadOnly,
}

impl Product {
    /// By the words of the command that runs it.
    pub fn of_command<'a>(mut words: impl Iterator<Item = &'a str>) -> Option<Self> {
        words.find_map(Self::of_word)
    }

    fn of_word(word: &str) -> Option<Self> {
        let file = word.rsplit('/').next().unwrap_or(word);
        let holds = |names: &[&str]| names.iter().any(|name| word.contains(name));
        if file == "verdaccio" {
            return Some(Self::Verdaccio);
        }
        if file == "nexus" || holds(&["org.sonatype.nexus.", "sonatype-nexus-repository-"]) {
            return Some(Self::Nexus);
        }
        let is_artifactory = holds(&["-Dartifactory.home=", "-Djf.product.home="]);
        let scripts = ["artifactory.sh", "artifactoryManage.sh", "artifactoryctl"];
        (is_artifactory || scripts.contains(&file)).then_some(Self::Artifactory)
    }

    /// By the headers of an answer, of which `value` gives one by its name.
    pub fn of_answer(value: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let server = value("server").unwrap_or_default();
        if server.starts_with("Nexus/3") {
            return Some(Self::Nexus);
        }
        let told = ["x-artifactory-id", "x-jfrog-version"].iter();
        if server.starts_with("Artifactory/") || told.copied().any(|name| value(name).is_some()) {
            return Some(Self::Artifactory);
        }
        let by = value("x-powered-by").unwrap_or_default();
        by.starts_with("verdaccio/").then_some(Self::Verdaccio)
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Verdaccio => "Verdaccio",
            Self::Nexus => "Nexus Repository",
            Self::Artifactory => "Artifactory",
        }
    }

    /// Where it tells how it is, on the host that was asked for `target`: below the same
    /// context path.
    pub fn health_target(self, target: &str) -> String {
        let (mark, end) = match self {
            Self::Verdaccio => return "/-/ping".to_owned(),
            Self::Nexus => ("/repository/", "/service/rest/v1/status/writable"),
            Self::Artifactory => ("/artifactory/", "/artifactory/api/system/ping"),
        };
        let path = target.split(['?', '#']).next().unwrap_or_default();
        let context = path.split_once(mark).map_or("", |(context, _)| context);
        format!("{context}{end}")
    }

    /// What the status of an answer from there says; none where it may be another's.
    pub const fn health(status: u16) -> Option<Health> {
        match status {
            200..=299 => Some(Health::Well),
            500..=599 => Some(Health::Unwell(status)),
            _ => None,
        }
    }

    /// What an error means that it answered to a visitor who asked for `target`. Only where
    /// its source tells.
    pub fn refusal(self, target: &str, status: u16, words: &str) -> Option<Refusal> {
        if self != Self::Nexus || !target.contains("/repository/") {
            return None;
        }
        match status {
            503 if words.contains("Repository offline") => Some(Refusal::Offline),
            503 if words.contains("is in read-only mode") => Some(Refusal::ReadOnly),
            503 => Some(Refusal::Refused),
            502 => Some(Refusal::Unreached),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn run_by(command: &str) -> Option<Product> {
        Product::of_command(command.split(' '))
    }

    #[test]
    fn commands_tell_which_it_is() {
        let told = [
            (
                "/usr/bin/node /usr/local/bin/verdaccio --config x",
                Some(Product::Verdaccio),
            ),
            ("/opt/nexus-3.68.0-04/bin/nexus start", Some(Product::Nexus)),
            (
                "java -Dkaraf.data=/srv/nexus3 org.sonatype.nexus.karaf.NexusMain",
                Some(Product::Nexus),
            ),
            (
                "/opt/jfrog/artifactory/app/bin/artifactory.sh",
                Some(Product::Artifactory),
            ),
            ("node /srv/verdaccio/app.js", None),
            ("/usr/bin/node-nexus", None),
        ];
        for (command, product) in told {
            assert_eq!(run_by(command), product, "{command}");
        }
    }

    #[test]
    fn answers_tell_which_it_is() {
        let with = |name: &'static str, value: &'static str| {
            Product::of_answer(|asked| (asked == name).then(|| value.to_owned()))
        };
        assert_eq!(
            with("server", "Nexus/3.68.0-04 (OSS)"),
            Some(Product::Nexus)
        );
        assert_eq!(with("server", "Nexus/2.15.1-02"), None);
        assert_eq!(
            with("x-jfrog-version", "Artifactory/7.77.3"),
            Some(Product::Artifactory)
        );
        assert_eq!(
            with("x-powered-by", "verdaccio/6.0.0"),
            Some(Product::Verdaccio)
        );
        assert_eq!(with("x-powered-by", "Express"), None);
    }

    #[test]
    fn health_is_asked_below_the_same_context() {
        let nexus = |target| Product::Nexus.health_target(target);
        assert_eq!(
            nexus("/repository/npm/lodash"),
            "/service/rest/v1/status/writable"
        );
        assert_eq!(
            nexus("/nexus/repository/npm/a?b=/repository/"),
            "/nexus/service/rest/v1/status/writable"
        );
        let ping = "/artifactory/api/system/ping";
        assert_eq!(
            Product::Artifactory.health_target("/artifactory/api/npm/npm/lodash"),
            ping
        );
        assert_eq!(Product::Artifactory.health_target("/"), ping);
    }

    #[test]
    fn only_nexus_says_by_its_status_whose_fault_it_is() {
        let nexus = |status, words| Product::Nexus.refusal("/repository/npm/a", status, words);
        assert_eq!(nexus(502, "Bad Gateway"), Some(Refusal::Unreached));
        assert_eq!(nexus(503, "Service Unavailable"), Some(Refusal::Refused));
        assert_eq!(nexus(503, "Repository offline"), Some(Refusal::Offline));
        assert_eq!(nexus(500, ""), None);
        assert_eq!(Product::Nexus.refusal("/service/rest/v1/x", 502, ""), None);
        assert_eq!(Product::Artifactory.refusal("/repository/a", 502, ""), None);
    }

    proptest! {
        #[test]
        fn no_input_panics(target: String, words: String, status: u16) {
            for product in [Product::Verdaccio, Product::Nexus, Product::Artifactory] {
                prop_assert!(product.health_target(&target).ends_with(['g', 'e']));
                let _ = product.refusal(&target, status, &words);
            }
            let _ = run_by(&words);
        }
    }
}
