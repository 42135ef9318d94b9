//! The only way in: what every door shares of HTTP. Which peer it is, request ids, limits, CORS, security headers, parameters.
//! What a door answers is the door's.
//!
//! A server (and a test) mounts it so, with the settings and the limiter made once and shared by all workers:
//! ```text
//! App::new()
//!     .app_data(web::Data::new(kontor_http::Settings { .. }))
//!     .app_data(limiter.clone()) // web::Data<kontor_http::Limiter>
//!     .app_data(web::Data::new(app)) // kontor_actions::App
//!     .wrap(actix_web::middleware::from_fn(kontor_http::front))
//! ```

mod address;
mod cors;
pub mod files;
mod front;
mod limiter;
pub mod params;
mod ranges;
mod request_id;
mod security;
mod settings;
mod token;

pub use address::ClientAddress;
pub use front::{Refused, front};
pub use limiter::{Limiter, Rates};
pub use params::Params;
pub use request_id::RequestId;
pub use settings::Settings;
pub use token::token;
