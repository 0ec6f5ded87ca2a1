"""Messages that libraries show without a Chinese translation of their own (design: pitfall 7); kept in our catalogues.

Some have one that reads badly or uses another word than the rest of the product: ours come first.
"""

from __future__ import annotations

Message = str | tuple[str, str]

DJANGO: tuple[Message, ...] = (
    (
        "This password is too short. It must contain at least %d character.",
        "This password is too short. It must contain at least %d characters.",
    ),
    "%(model)s instance with %(field)s %(value)r is not a valid choice.",
    "Your password can’t be too similar to your other personal information.",
    (
        "Your password must contain at least %(min_length)d character.",
        "Your password must contain at least %(min_length)d characters.",
    ),
    "Your password can’t be a commonly used password.",
    "Your password can’t be entirely numeric.",
    # The administration.
    "Add link",
    "After you’ve created a user, you’ll be able to edit more user options.",
    "Change or view list link",
    "Error:",
    "Forgotten your login credentials?",
    "Model name",
)

FILTERS: tuple[Message, ...] = (
    "All",
    "No",
    "Ordering",
    "%s (descending)",
    "Range query expects two values.",
    "Select a lookup.",
    "Unknown",
    "Yes",
)

TABLES: tuple[Message, ...] = (
    "That page contains no results",
    "That page number is less than 1",
    "That page number is not an integer",
    "next",
    "previous",
)

LOG_IN: tuple[Message, ...] = (
    "Account Inactive",
    "Activate",
    "Activate Authenticator App",
    "Add Email",
    "Add Email Address",
    "An authenticator app is not active.",
    "Authentication using an authenticator app is active.",
    "Authenticator App",
    "Authenticator app activated.",
    "Authenticator app deactivated.",
    "Authenticator code",
    "Authenticator secret",
    "Change Password",
    "Confirm Access",
    "Confirm Email Address",
    "Confirmation email sent to %(email)s.",
    "Deactivate",
    "Deactivate Authenticator App",
    "Email",
    "Email Addresses",
    "Enter your password:",
    "Forgot your password?",
    "Incorrect code.",
    "Incorrect password.",
    "Make Primary",
    "New Password (again)",
    "No recovery codes set up.",
    "Password (again)",
    "Password Reset",
    "Password successfully changed.",
    "Please Confirm Your Email Address",
    "Please reauthenticate to safeguard your account.",
    "Primary",
    "Re-send Verification",
    "Recovery codes",
    "Recovery Codes",
    "Reset My Password",
    "Security Keys",
    "Sign In",
    "Sign Out",
    "Successfully signed in as %(name)s.",
    "The following email addresses are associated with your account:",
    "The username and/or password you specified are not correct.",
    "This account is inactive.",
    "Two-Factor Authentication",
    "Unused codes",
    "Unverified",
    "Verified",
    "Verify Your Email Address",
    "You are about to deactivate authenticator app based authentication. Are you sure?",
    "You are about to generate a new set of recovery codes for your account.",
    "You are already logged in as %(user_display)s.",
    "You cannot activate two-factor authentication until you have verified your email address.",
    "You have confirmed %(email)s.",
    "You have signed out.",
    "Your account is protected by two-factor authentication. Please enter an authenticator code:",
)

LIBRARY_MESSAGES: tuple[Message, ...] = DJANGO + FILTERS + TABLES + LOG_IN
