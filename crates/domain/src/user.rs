//! What a person who signs in here has beside an account: a role and a state.

words!(
    Role {
        User = "user",
        Moderator = "moderator",
        Admin = "admin",
    }
);

words!(
    UserState {
        Active = "active",
        /// Registered where registrations need approval, and not approved yet.
        Pending = "pending",
        Disabled = "disabled",
    }
);

words!(
    /// What a link that was sent by mail is good for.
    MailPurpose {
        /// Saying that the address is one's own.
        Confirm = "confirm",
        /// Choosing a new password.
        Reset = "reset",
    }
);

words!(
    /// What people at an address on the network may not do.
    IpSeverity {
        /// Register without being approved.
        SignUpRequiresApproval = "sign_up_requires_approval",
        /// Register.
        SignUpBlock = "sign_up_block",
        /// Register or sign in.
        NoAccess = "no_access",
    }
);

words!(
    /// Who may make an account here.
    Registrations {
        Open = "open",
        Approval = "approval",
        Invite = "invite",
        Closed = "closed",
    }
);
