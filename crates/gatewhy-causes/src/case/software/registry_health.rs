//! Which package registry is behind the proxy, what it says of itself, and whom it blames.
use crate::case::exchange::answer::status_words;
use crate::case::exchange::link::Link;
use crate::case::routing::peer::Protocol;
use crate::evidence::Evidence;
use gatewhy_facts::fact::{Fact, Gap};
use gatewhy_facts::prelude::*;
use gatewhy_facts::registry::{Health, Product, Refusal};

impl Link<'_, '_> {
    /// The package registry behind the address: by the command of its service or of the
    /// process that listens, or by the headers of its answer.
    pub fn registry(&self) -> Option<Product> {
        let speaks_http = matches!(self.peer.protocol, Protocol::Http | Protocol::Https);
        let known = || {
            self.registry_by_unit()
                .or_else(|| self.registry_by_process())
        };
        speaks_http.then(known)?.or_else(|| {
            self.direct_status()?;
            Product::of_answer(|name| self.direct_header(name))
        })
    }

    fn registry_by_unit(&self) -> Option<Product> {
        let service = self.live_service();
        Product::of_command(service.found()?.unit.commands.start_words())
    }

    fn registry_by_process(&self) -> Option<Product> {
        let pid = *self.pid().found()?;
        let processes = self.case.processes();
        let listed = processes.found()?.0.get(&pid)?;
        let words: Vec<_> = listed
            .arguments
            .iter()
            .map(|word| String::from_utf8_lossy(word))
            .collect();
        Product::of_command(words.iter().map(AsRef::as_ref))
    }

    /// What the registry says of itself, where it tells that.
    pub fn registry_health(&self, product: Product) -> Fact<Health> {
        let target = self.registry_health_target(product);
        let told = self.case.direct_at(self.peer, &target);
        told.and_then(|direct, source| {
            let health = direct.answer.code().and_then(Product::health);
            match health {
                Some(health) => Fact::Found(health, source),
                None => Fact::Unknown(Gap::new(
                    format!("whether {} is well", product.name()),
                    format!("asked for {target}, {}", direct.words()),
                    "",
                )),
            }
        })
    }

    /// The same as evidence.
    pub fn registry_said(&self, product: Product) -> Option<Evidence> {
        let health = self.registry_health(product);
        let source = health.source()?.clone();
        let target = self.registry_health_target(product);
        Some(match health.found()? {
            Health::Well => Evidence::weak(
                format!("asked for {target}, it says that it is well itself"),
                &source,
            ),
            Health::Unwell(status) => Evidence::proof(
                format!("asked for {target}, it answers {}", status_words(*status)),
                &source,
            ),
        })
    }

    /// Where the registry tells how it is.
    pub fn registry_health_target(&self, product: Product) -> String {
        product.health_target(&String::from_utf8_lossy(self.case.backend_target()))
    }

    /// What the registry's own answer says of whose fault it is: one that says in its
    /// headers which it is.
    pub fn registry_refusal(&self) -> Option<Refusal> {
        let status = self.direct_status()?;
        let product = Product::of_answer(|name| self.direct_header(name))?;
        let target = String::from_utf8_lossy(self.case.backend_target()).into_owned();
        let words = self.direct_words().unwrap_or_default();
        product.refusal(&target, status, &words)
    }
}
