### Countersign in English.

## Every page

skip = Skip to content
language = Language
username = Username
email = Email
password = Password
password-show = Show password
password-hide = Hide password
signed-in-as = Signed in as
continue = Continue
cancel = Cancel
back = Go back
back-to = Back to { $client }
required = Required
change = Change
manage = Manage
review = Review
set-up = Set up
or = or
on = On
off = Off
copied = Copied

## The client beside the form

party-sign-in = Sign in to continue to
party-consent = Requesting access
party-return = Returning you to
party-plain = You were using

## Sign on

sign-on-title = Sign in
sign-on-lead = Use your { $brand } account.
sign-on-again-title = Confirm it’s you
sign-on-again-lead = Enter your password again to continue.
sign-on-submit = Sign in
sign-on-other = Not you?

## A password that must be changed

new-password-title = New password needed
new-password-lead-must-change = Your password has to be changed before you continue.
new-password-lead-expired = Your password is too old. Choose another before you continue.
new-password-lead-recovery = Choose a new password. You’ll be signed out everywhere else.
new-password-lead-requested = Choose a new password. You’ll be signed out everywhere else.
password-rule-short = At least { $min } characters
password-rule-long = At most { $max } characters
password-rule-username = Not the username
password-rule-common = Not one of the most common passwords
new-password-submit = Save and continue
password-changed-lead = Your new password works from now on. You’ve been signed out everywhere.

## Forgotten password or username

recover-link = Forgot your password?
recover-username-link = Forgot your username?
back-to-sign-on = Back to sign-in
recover-title = Forgot your password?
recover-lead = Tell us your username. If it belongs to an account with a confirmed email address, we’ll send a code there.
recover-submit = Send the code
recovery-code-title = Check your email
recovery-code-lead = If { $username } has an account with a confirmed email address, we’ve sent a code there. It works for five minutes.
recovery-code = Code from the email
recover-username-title = Forgot your username?
recover-username-lead = Tell us your email address. If it belongs to an account, we’ll send the username there.
recover-username-submit = Send the username
username-sent-lead = If the address belongs to an account, your username is on its way to it.

## Registration

register-link = Create an account
register-title = Create account
register-lead = We’ll send a code to your email address to make sure that it’s yours.
register-confirm = Password again
given-name = Given name (optional)
family-name = Family name (optional)
verify-email-lead = We’ve sent a message to { $email }. If it has a code in it, enter it here. It works for five minutes.
registered-title = Your account is ready
registered-lead = You can use it from now on.

## One-time code

code-title = Enter your code
code-lead-totp = Open your authenticator app and enter the code it shows.
code-lead-email = We sent a code to { $destination }. It works for a few minutes.
code-lead-sms = We sent a text message with a code to { $destination }. It works for a few minutes.
code-lead-voice = We’re calling { $destination } to read you a code. It works for a few minutes.
code-lead-recovery = Enter one of the recovery codes that you keep. Each works once.
code = One-time code
code-auto = We’ll continue as soon as the last digit is in.
code-resend = Send a new code
code-recovery = Recovery code
trust-browser = Trust this browser: don’t ask for a code here for { $days ->
    [one] one day
   *[other] { $days } days
}

## Which device answers

device-title = Confirm it’s you
device-lead = Choose how you’d like to confirm.
device-other = Confirm another way
device-totp = Code from your authenticator app
device-email = Code by email to { $target }
device-sms = Code by text message to { $target }
device-voice = Code by phone call to { $target }
device-webauthn = Passkey or security key
device-push = Approve it on your phone
device-face = Your face
device-recovery = One of your recovery codes

## Passkeys

passkey-use = Use a passkey
passkey-waiting = Follow your browser’s instructions.
passkey-failed = That didn’t work. Try again, or continue another way.
passkey-unsupported = This browser can’t use passkeys here. Please continue another way.
passkey-no-script = Passkeys and security keys need scripts, which are switched off in this browser. Switch them on, or continue another way.
assertion-title = Confirm with your passkey
assertion-lead = Use your fingerprint, face, screen lock or security key.

## On the phone

push-title = Approve it on your phone
push-lead = We asked your approval app.
push-number = Type this number there
push-waiting = Waiting for your answer…
push-continue = I’ve answered
push-again = Ask again
push-rejected = It wasn’t approved. If that was a mistake, you can ask again.
push-timed-out = There was no answer in time. You can ask again.

## The face

face-title = Look into the camera
face-lead = We recognise you by your face, together with this browser.
face-enrol-lead = We look at your face, so that you can confirm with it in this browser.
face-start = Start
face-again = Try again
face-connecting = One moment…
face-unsupported = This browser can’t do this here: it takes a camera and a secure connection. Please continue another way.
face-no-script = This takes scripts, which are switched off in this browser. Switch them on, or continue another way.
face-no-camera = There’s no camera that we may use. Allow this page to use it and try again, or continue another way.
face-unknown = Your face isn’t set up in this browser. Please continue another way.
face-known = Your face is set up in this browser already.
face-failed = We couldn’t recognise you.
face-locked = There were too many attempts. Please try again later.
face-busy = We can’t look at your face right now. Please try again, or continue another way.
face-over = That didn’t work. Please try again.
face-once-more = Once more, please.
face-done = Thank you.
face-center = Look straight ahead.
face-left = Turn your head to your left.
face-right = Turn your head to your right.
face-hold-still = Hold still.
face-slower = Move more slowly.
face-no-face = Show your face in the oval.
face-several-faces = Only one face, please.
face-move-closer = Come closer.
face-move-back = Move back a little.
face-move-to-center = Move to the middle.
face-too-dark = It’s too dark.
face-too-bright = It’s too bright.
face-blurred = The picture is blurred.
face-agree = I agree
face-approve = Approve
face-rejected = We couldn’t recognise you. You can try again.
face-timed-out = It took too long. You can try again.

## Consent

consent-title = Allow { $client } to use your account?
consent-details-title = { $client } asks for your approval
consent-details = You’re approving
consent-everything = Everything in the request
consent-scopes = { $client } would like to
consent-allow = Allow
consent-deny = Don’t allow
consent-approve = Approve
consent-reject = Don’t approve
consent-remembered = We’ll remember your choice for { $client }. You can withdraw it in your account at any time.
consent-once = This choice applies once. { $client } will ask you again next time.

# What the standard scopes let an application do. They follow “would like to”.
scope-openid = Confirm who you are
scope-profile = See your name and basic profile
scope-email = See your email address
scope-address = See your postal address
scope-phone = See your phone number
scope-offline_access = Keep this access while you’re away
# The default scope, where the administrator has no words for it.
default-scope = Have basic access to your account
# A dynamic scope: its words, and what it is about.
scope-with-value = { $scope }: { $value }

## Sign out

sign-out-title = Sign out?
sign-out-lead = You’ll be signed out of { $brand } in this browser.
sign-out-lead-client = { $client } asked to sign you out. You’ll be signed out of { $brand } in this browser.
sign-out-submit = Sign out
sign-out-stay = Stay signed in
signed-out-title = You’re signed out
signed-out-lead = Your { $brand } session in this browser has ended.
signed-out-note = On a shared computer? Close this browser window as well.

## On the way back to the application

form-post-title = One moment
form-post-lead = If nothing happens, select “{ $button }”.

## Error page

error-details = Details for support
error-detail = What happened
error-reference = Reference

error-request-title = This link doesn’t work
error-request-message = The application sent a request we can’t accept. Please go back and try again. If it keeps happening, tell the people who run the application.
error-client-title = We don’t know this application
error-client-message = The application that sent you here isn’t registered with us, or has been switched off.
error-redirect-title = We stopped to keep you safe
error-redirect-message = The application asked us to send you to an address it hasn’t registered. We didn’t send anything.
error-expired-title = This page has expired
error-expired-message = For your security, sign-in pages only stay open for a short time. Please go back to the application and start again.
error-used-title = This step is already done
error-used-message = The sign-in you were in has already finished. Please go back to the application to continue.
error-browser-title = We can’t recognise this browser
error-browser-message = This sign-in was started in another browser, or cookies are blocked. Please allow cookies and start again from the application.
error-csrf-title = Please try that again
error-csrf-message = We couldn’t confirm that the request came from this page. Go back, reload the page and try once more.
error-denied-title = You don’t have access
error-denied-message = Your account isn’t allowed to use this application. Ask the people who run it if you think it should be.
error-sign-out-title = We couldn’t sign you out
error-sign-out-message = The sign-out request wasn’t valid. To be safe, close your browser.
error-not-found-title = There’s nothing here
error-not-found-message = The address may be mistyped, or the page has moved.
error-method-title = This page can’t be opened that way
error-method-message = The request was of a kind that this page doesn’t take. Please go back and try again.
error-too-large-title = That was too much
error-too-large-message = More was sent than this page can take. Please go back and try again with less.
error-busy-title = Too many requests
error-busy-message = We’ve received too many requests from you. Please wait a moment and try again.
error-server-title = Something went wrong
error-server-message = The problem is on our side, and we’ve made a note of it. Please try again in a moment.
error-unavailable-title = We’ll be right back
error-unavailable-message = The service is briefly unavailable. Please try again in a few minutes.

## Errors beside a form

error-credentials = That username or password isn’t right. Please check both and try again.
error-locked = Too many tries. Please wait a few minutes before trying again.
error-code = That code isn’t right. Check the newest one and try again.
error-code-expired = That code has expired. Please enter the newest one.
error-code-used = That code has already been used. Wait for the next one.
error-too-many-codes = Too many wrong codes. Please wait a few minutes before trying again.
error-code-not-sent = We couldn’t send the code. Please try again in a moment.
error-assertion = We couldn’t confirm it with that passkey. Try again, or confirm another way.
error-code-too-soon = We sent a code only a moment ago. Please give it half a minute to arrive.
error-code-too-many-sent = We’ve sent as many codes as we may for now. Please confirm another way, or try again later.
error-field-missing = Please fill in every field.
error-scope-required = Please choose what to allow, or select “Don’t allow”.
error-password-current = Your current password isn’t right.
error-password-mismatch = The two new passwords aren’t the same.
error-password-short = Your new password needs at least { $min } characters.
error-password-long = Your new password can have at most { $max } characters.
error-password-same = Your new password must be different from the current one.
error-password-common = That password is too easy to guess. Please choose another.
error-password-policy = That password doesn’t meet the rules. Please choose another.
error-name-taken = That username is taken. Please choose another.
error-name-refused = That name can’t be used. Please choose another.
error-address-refused = That isn’t an email address.
error-confirm-needed = Please confirm it’s you: with your password, or by signing in again.
error-method-known = You’ve added that one already.
error-recovery-alone = First add another method: recovery codes stand in for it.
error-method-full = You have as many methods as you can have. Remove one to add another.
error-method-name = A name has 1 to 64 characters, all of them visible.
error-method-target = We can’t send codes there. Please check it.
error-method-passkey = That passkey wasn’t accepted. Please try again.
error-method-last = You need this one to sign in. Add another before you remove it.
error-device-needed = You have just confirmed with this one, or need it to sign in: it stays.
error-session-gone = That device is already signed out.
error-browser-gone = That browser is no longer trusted.
error-grant-gone = That application no longer has access.
error-form-stale = This page was open for too long. Please try again.
failure-denied = Signing in was cancelled or not allowed.
failure-interaction = You need to sign in again. Please go back to the application and start over.

## What was done

flash-password-changed = Your password has been changed.
flash-method-added = Your new method is ready.
flash-method-renamed = The new name is saved.
flash-method-default = We’ll ask for it first from now on.
flash-method-removed = The method has been removed.
flash-code-sent = We’ve sent a new code.
flash-session-revoked = That device has been signed out.
flash-browser-forgotten = That browser is no longer trusted.
flash-sessions-revoked = { $count ->
    [0] There were no other devices to sign out.
    [one] One other device has been signed out.
   *[other] { $count } other devices have been signed out.
}
flash-grant-revoked = { $client } no longer has access to your account.

## Account

account-nav = Account
account-overview = Overview
account-password = Password
account-devices = Sign-in methods
account-sessions = Devices
account-grants = Applications

overview-title = Your account
overview-hello = Hello, { $name }
overview-lead = Everything about how you sign in, in one place.
overview-security = Sign-in and security
overview-devices-on = { $count ->
    [one] You confirm it’s you in one more way.
   *[other] You can confirm it’s you in { $count } more ways.
}
overview-devices-off = Add a second step to make sign-in safer.
overview-sessions = Where you’re signed in right now.
overview-grants = What you’ve allowed to use your account.

password-title = Change your password
password-lead = Choose one that you use nowhere else.
password-changed = Last changed { $when }
password-never-changed = Never changed
password-current = Current password
password-new = New password
password-confirm = New password again
password-hint = At least { $min } characters. A few unrelated words are strong and easy to remember.
password-note = Changing your password signs you out on all other devices.
password-submit = Change password

totp-scan-title = Scan this code
totp-scan-text = Open your authenticator app, choose to add an account and point the camera here.
totp-qr-label = QR code with your setup key
totp-open = Open in an app on this device
totp-secret = Or enter this setup key:
totp-copy = Copy the setup key
totp-confirm-title = Confirm it works
totp-code-hint = The six digits your app shows now.
totp-submit = Turn on

## Ways to confirm who one is. Each kind: its name, and what it is good for.

methods-title = Sign-in methods
methods-lead = How you confirm it’s you, besides your password.
methods-yours = Your methods
methods-add = Add a method
methods-empty-title = Nothing set up yet
methods-empty-text = Add a method below, and we’ll ask for it when you sign in.
method-passkey = Passkey
method-hint-passkey = Sign in with your fingerprint, face or screen lock, without a password.
method-lead-passkey = Your browser asks for your fingerprint, face or screen lock, and keeps the passkey for you.
method-security-key = Security key
method-hint-security-key = A small key that you plug in or hold to your phone.
method-lead-security-key = Have your key at hand. Your browser tells you when to plug it in and touch it.
method-totp = Authenticator app
method-hint-totp = A code from an app on your phone.
method-email = Codes by email
method-hint-email = We send a code to your mailbox.
method-sms = Codes by text message
method-hint-sms = We send a code to your phone.
method-voice = Codes by phone call
method-hint-voice = We call you and read out a code.
method-face = Face
method-hint-face = Your camera recognises you, in this browser.
method-recovery = Recovery codes
method-hint-recovery = Codes on paper, for when you have nothing else at hand.
method-authenticator = Approval app
method-hint-authenticator = Your phone, or another browser, asks you, and you approve there.
method-unfinished = It hasn’t been connected. What you were shown can’t be shown again: add it once more.
method-default = Asked first
method-pending = Not finished
method-added = Added { $when }
method-used = Last used { $when }
method-unused = Not used yet
method-left = { $count ->
    [one] One code left
   *[other] { $count } codes left
}
method-name = Name
method-name-hint = So that you recognise it. You can leave this empty.
method-number = Phone number
method-number-hint = With the country code, such as +44 20 7946 0018.
method-create = Continue
method-cancel = Don’t add it
method-passkey-failed = That didn’t work, or this device has a passkey for you already. Try again.
method-rename = Save name
method-prefer-text = Have us ask for it first when you sign in.
method-prefer = Ask for it first
method-remove-title = Remove
method-remove-text = You won’t be able to confirm it’s you with it any more.
method-remove = Remove
confirm-fresh = You’ve just signed in, so there’s nothing more to confirm.
confirm-sign-on = Sign in again to confirm it’s you
recovery-new = You get ten codes. Each works once, in place of your other methods.
recovery-replace = You get ten new codes. The ones you have now stop working.
recovery-submit = Make new codes
recovery-shown-title = Your recovery codes
recovery-shown-lead = Print them or write them down now: we can’t show them again. Each works once.
recovery-done = I’ve kept them
recovery-copy = Copy
recovery-print = Print

sessions-title = Your devices
sessions-lead = These browsers are signed in to your account. Sign out any you don’t recognise.
sessions-current = This device
sessions-seen = Last active { $when }
sessions-created = Signed in { $when }
sessions-revoke = Sign out
sessions-revoke-label = Sign out { $device }
sessions-revoke-others = Sign out everywhere else
sessions-only-this = You’re signed in on this device only.
sessions-empty-title = No active devices
sessions-empty-text = When you sign in, the device appears here.
trusted-title = Trusted browsers
trusted-lead = In these browsers your password is usually enough. Take the trust back from any you don’t recognise.
trusted-until = Trusted until { $when }
trusted-since = Trusted since { $when }
trusted-forget = Stop trusting
trusted-forget-label = Stop trusting { $device }

grants-title = Applications
grants-lead = These applications can use your account in the ways you allowed.
grants-created = Allowed { $when }
grants-used = Last used { $when }
grants-revoke = Remove access
grants-revoke-label = Remove access for { $client }
grants-empty-title = No applications yet
grants-empty-text = When you allow an application to use your account, it appears here.

## Dates. $day and $month are numbers, $year is text, $time is text such as 14:05, always in UTC.

date-month = { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
}
date-time = { $day } { $name } { $year } at { $time } UTC

device-code-title = Connect a device
device-code-lead = Enter the code that your device shows.
device-code = Code
device-confirm-title = Is this your device?
device-confirm-lead = { $client } on a device asks for access. Check that the device in front of you shows this code.
device-confirm-note = Did somebody send you a link to this page? Then it’s their device: don’t go on.
device-confirm = Yes, it’s my device
device-refuse = No, refuse
device-allowed-title = Your device is connected
device-allowed-lead = You can go back to it and close this page.
device-denied-title = Nothing was connected
device-denied-lead = The device gets no access. You can close this page.
error-device-code = No device is waiting with that code. Please check it and try again.

## The authenticator

pair-title = Connect your phone
pair-lead = You have { $minutes } minutes.
pair-text = Scan this with your phone’s camera and open the link. Then tap Connect.
pair-qr-label = QR code with the link
pair-here = Use this device
pair-key = Or type this where the app asks for it:
pair-copy = Copy
pair-waiting = Waiting for your phone…
authenticator-title = Authenticator
authenticator-lead = Approve sign-ins and payments here.
authenticator-unsupported = This browser can’t keep a key safe here. Use a current browser over a secure connection, and not in a private window.
authenticator-ready = Connect this device?
authenticator-paired = This device is connected.
authenticator-not-paired = That link didn’t work. It is used up or too old: start again on your account’s page.
authenticator-approved = Approved.
authenticator-denied = Denied. If you didn’t start it, somebody may know your password: change it.
authenticator-over = That can’t be answered any more.
authenticator-wrong-number = That’s another number. Look at it once more.
authenticator-wrong-numbers = Too many wrong numbers. Start again where you came from.
authenticator-unreachable = We couldn’t be reached. Try again.
authenticator-changed = What is shown isn’t what would be signed. Don’t approve it.
authenticator-lost = Not connected any more
authenticator-removing = Remove this account from this device? Remove the device from your sign-in methods too.
authenticator-notified = You’ll be notified.
authenticator-not-notified = Your browser doesn’t allow notifications here. Keep this page open to be asked.
authenticator-nothing = Nothing to approve. Keep this page open.
authenticator-notify = Notify me while this is closed
authenticator-accounts = Accounts
authenticator-add = Connect an account
authenticator-link = Link or key
authenticator-link-hint = From your account’s page, under sign-in methods.
authenticator-connect = Connect
authenticator-application = Application
authenticator-account = Account
authenticator-place = From
authenticator-time = At
authenticator-number = Number on the other screen
authenticator-approve = Approve
authenticator-deny = Deny
authenticator-remove = Remove

## Setting up a second step on the way

set-up-title = Set up a second step
set-up-lead-required = To go on you need a second step besides your password. Choose what suits you: you can add more later.
set-up-lead-offered = A second step protects your account even if somebody learns your password. Setting one up takes a minute.
set-up-skip = Not now
set-up-other = Choose another way
set-up-paired = Your phone is connected.
set-up-done-title = Your second step is ready
set-up-done-lead = We’ll ask for it when you sign in.
manage-devices-ask = Change my devices
manage-devices-next = Once you’ve confirmed, you can change your devices.
manage-devices-title = Your ways to confirm
manage-devices-lead = Choose which one we ask for first, or remove those that you no longer use.
manage-devices-first = Ask for this first

## Password that will soon be too old

password-expires-title = Your password is about to expire
password-expires-lead = { $days ->
    [one] It can be used for one more day. Change it now, or later.
   *[other] It can be used for { $days } more days. Change it now, or later.
}
password-expires-in = { $days ->
    [one] in one day
   *[other] in { $days } days
}
password-expires-change = Change it now
password-expires-later = Later
