//! Camera frame in, template or score out: the computation behind the face factor.
//!
//! The place is kept so that the borders of the house are drawn from the beginning; there is no
//! face factor yet, and nothing offers one.
//!
//! Stands alone: depends on no other crate of the house. `server` will bring it to `authn` by a
//! port.
