//! What a visitor gets: the request sent through the proxy, and who answers it.
pub mod cached;
pub mod door;
pub mod entrance;
pub mod front;
pub mod observed;
pub mod own_answer;
pub mod site;
