//! Every hole of the gateway that was found, held shut from outside.
