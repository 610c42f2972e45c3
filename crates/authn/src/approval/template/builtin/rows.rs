//! The texts, in every language.

use super::DETAILS;

/// A text in one language, from which that of every method is made.
pub(super) struct Row {
    pub(super) template: &'static str,
    pub(super) variant: Option<&'static str>,
    pub(super) locale: &'static str,
    pub(super) title: &'static str,
    pub(super) text: &'static str,
    /// What is said besides where the text carries a code.
    pub(super) code: &'static str,
}

const fn row(
    template: &'static str,
    locale: &'static str,
    title: &'static str,
    text: &'static str,
    code: &'static str,
) -> Row {
    Row {
        template,
        variant: None,
        locale,
        title,
        text,
        code,
    }
}

const fn details(
    locale: &'static str,
    title: &'static str,
    text: &'static str,
    code: &'static str,
) -> Row {
    Row {
        variant: Some(DETAILS),
        ..row("transaction", locale, title, text, code)
    }
}

const EN: &str = "Your code is ${otp}. Give it to nobody.";
const DE: &str = "Ihr Code ist ${otp}. Geben Sie ihn niemandem.";
const FR: &str = "Votre code est ${otp}. Ne le donnez à personne.";
const ES: &str = "Su código es ${otp}. No se lo dé a nadie.";

/// The texts, by template and language.
pub(super) const ROWS: [Row; 48] = [
    row(
        "transaction",
        "en",
        "Approve a payment",
        "Pay ${sum} ${currency} to ${recipient}?",
        "To approve it, enter the code ${otp}. If you did not ask for it, do nothing.",
    ),
    row(
        "transaction",
        "de",
        "Zahlung freigeben",
        "${sum} ${currency} an ${recipient} zahlen?",
        "Zum Freigeben geben Sie den Code ${otp} ein. Wenn das nicht von Ihnen kommt, tun Sie nichts.",
    ),
    row(
        "transaction",
        "fr",
        "Approuver un paiement",
        "Payer ${sum} ${currency} à ${recipient} ?",
        "Pour l’approuver, saisissez le code ${otp}. Si cela ne vient pas de vous, ne faites rien.",
    ),
    row(
        "transaction",
        "es",
        "Aprobar un pago",
        "¿Pagar ${sum} ${currency} a ${recipient}?",
        "Para aprobarlo, introduzca el código ${otp}. Si no lo ha pedido usted, no haga nada.",
    ),
    details(
        "en",
        "Approve this",
        "${application.name} asks you to approve:\n${details}",
        "To approve it, enter the code ${otp}. If you did not ask for it, do nothing.",
    ),
    details(
        "de",
        "Das freigeben",
        "${application.name} bittet Sie um Freigabe:\n${details}",
        "Zum Freigeben geben Sie den Code ${otp} ein. Wenn das nicht von Ihnen kommt, tun Sie nichts.",
    ),
    details(
        "fr",
        "Approuver ceci",
        "${application.name} vous demande d’approuver :\n${details}",
        "Pour l’approuver, saisissez le code ${otp}. Si cela ne vient pas de vous, ne faites rien.",
    ),
    details(
        "es",
        "Aprobar esto",
        "${application.name} le pide que apruebe:\n${details}",
        "Para aprobarlo, introduzca el código ${otp}. Si no lo ha pedido usted, no haga nada.",
    ),
    row(
        "strong_authentication",
        "en",
        "Is it you?",
        "${user.username} is signing on to ${application.name}.",
        EN,
    ),
    row(
        "strong_authentication",
        "de",
        "Sind Sie das?",
        "${user.username} meldet sich bei ${application.name} an.",
        DE,
    ),
    row(
        "strong_authentication",
        "fr",
        "Est-ce vous ?",
        "${user.username} se connecte à ${application.name}.",
        FR,
    ),
    row(
        "strong_authentication",
        "es",
        "¿Es usted?",
        "${user.username} está iniciando sesión en ${application.name}.",
        ES,
    ),
    row(
        "general",
        "en",
        "A message for you",
        "${application.name} has a message for ${user.username}.",
        EN,
    ),
    row(
        "general",
        "de",
        "Eine Nachricht für Sie",
        "${application.name} hat eine Nachricht für ${user.username}.",
        DE,
    ),
    row(
        "general",
        "fr",
        "Un message pour vous",
        "${application.name} a un message pour ${user.username}.",
        FR,
    ),
    row(
        "general",
        "es",
        "Un mensaje para usted",
        "${application.name} tiene un mensaje para ${user.username}.",
        ES,
    ),
    row(
        "device_pairing",
        "en",
        "Add this device",
        "${user.username} is adding this device to their account at ${environment.name}.",
        EN,
    ),
    row(
        "device_pairing",
        "de",
        "Dieses Gerät hinzufügen",
        "${user.username} fügt dieses Gerät dem Konto bei ${environment.name} hinzu.",
        DE,
    ),
    row(
        "device_pairing",
        "fr",
        "Ajouter cet appareil",
        "${user.username} ajoute cet appareil à son compte chez ${environment.name}.",
        FR,
    ),
    row(
        "device_pairing",
        "es",
        "Añadir este dispositivo",
        "${user.username} está añadiendo este dispositivo a su cuenta en ${environment.name}.",
        ES,
    ),
    row(
        "new_device_paired",
        "en",
        "A device was added",
        "A device was added to the account of ${user.username} at ${environment.name}. If that was not you, remove it on your account page.",
        "",
    ),
    row(
        "new_device_paired",
        "de",
        "Ein Gerät wurde hinzugefügt",
        "Dem Konto von ${user.username} bei ${environment.name} wurde ein Gerät hinzugefügt. Wenn Sie das nicht waren, entfernen Sie es auf Ihrer Kontoseite.",
        "",
    ),
    row(
        "new_device_paired",
        "fr",
        "Un appareil a été ajouté",
        "Un appareil a été ajouté au compte de ${user.username} chez ${environment.name}. Si ce n’était pas vous, retirez-le sur la page de votre compte.",
        "",
    ),
    row(
        "new_device_paired",
        "es",
        "Se ha añadido un dispositivo",
        "Se ha añadido un dispositivo a la cuenta de ${user.username} en ${environment.name}. Si no ha sido usted, quítelo en la página de su cuenta.",
        "",
    ),
    row(
        "recovery_code_template",
        "en",
        "Set a new password",
        "Someone asked to set a new password for ${user.username} at ${environment.name}.",
        EN,
    ),
    row(
        "recovery_code_template",
        "de",
        "Neues Passwort setzen",
        "Für ${user.username} bei ${environment.name} soll ein neues Passwort gesetzt werden.",
        DE,
    ),
    row(
        "recovery_code_template",
        "fr",
        "Choisir un nouveau mot de passe",
        "Un nouveau mot de passe a été demandé pour ${user.username} chez ${environment.name}.",
        FR,
    ),
    row(
        "recovery_code_template",
        "es",
        "Elegir una contraseña nueva",
        "Se ha pedido una contraseña nueva para ${user.username} en ${environment.name}.",
        ES,
    ),
    row(
        "verification_code_template",
        "en",
        "Confirm that this reaches you",
        "${user.username} at ${environment.name} is to be reached here.",
        EN,
    ),
    row(
        "verification_code_template",
        "de",
        "Bestätigen Sie, dass Sie das erreicht",
        "${user.username} bei ${environment.name} soll hier erreichbar sein.",
        DE,
    ),
    row(
        "verification_code_template",
        "fr",
        "Confirmez que ceci vous parvient",
        "${user.username} chez ${environment.name} doit être joignable ici.",
        FR,
    ),
    row(
        "verification_code_template",
        "es",
        "Confirme que esto le llega",
        "${user.username} en ${environment.name} quiere recibir mensajes aquí.",
        ES,
    ),
    row(
        "email_verification_user",
        "en",
        "Confirm your email address",
        "This address was given for a new account at ${environment.name}. If that was not you, there is nothing to do.",
        EN,
    ),
    row(
        "email_verification_user",
        "de",
        "Bestätigen Sie Ihre E-Mail-Adresse",
        "Diese Adresse wurde für ein neues Konto bei ${environment.name} angegeben. Wenn Sie das nicht waren, müssen Sie nichts tun.",
        DE,
    ),
    row(
        "email_verification_user",
        "fr",
        "Confirmez votre adresse e-mail",
        "Cette adresse a été indiquée pour un nouveau compte chez ${environment.name}. Si ce n’était pas vous, vous n’avez rien à faire.",
        FR,
    ),
    row(
        "email_verification_user",
        "es",
        "Confirme su correo electrónico",
        "Esta dirección se ha indicado para una cuenta nueva en ${environment.name}. Si no ha sido usted, no tiene que hacer nada.",
        ES,
    ),
    row(
        "username_recovery",
        "en",
        "Your user name",
        "Your user name at ${environment.name} is ${user.username}.",
        "",
    ),
    row(
        "username_recovery",
        "de",
        "Ihr Benutzername",
        "Ihr Benutzername bei ${environment.name} ist ${user.username}.",
        "",
    ),
    row(
        "username_recovery",
        "fr",
        "Votre identifiant",
        "Votre identifiant chez ${environment.name} est ${user.username}.",
        "",
    ),
    row(
        "username_recovery",
        "es",
        "Su nombre de usuario",
        "Su nombre de usuario en ${environment.name} es ${user.username}.",
        "",
    ),
    row(
        "account_exists",
        "en",
        "You have an account already",
        "Somebody, perhaps you, wanted to register this address at ${environment.name}. It belongs to your account ${user.username} already.",
        "",
    ),
    row(
        "account_exists",
        "de",
        "Sie haben schon ein Konto",
        "Jemand, vielleicht Sie, wollte diese Adresse bei ${environment.name} registrieren. Sie gehört schon zu Ihrem Konto ${user.username}.",
        "",
    ),
    row(
        "account_exists",
        "fr",
        "Vous avez déjà un compte",
        "Quelqu’un, peut-être vous, a voulu enregistrer cette adresse chez ${environment.name}. Elle appartient déjà à votre compte ${user.username}.",
        "",
    ),
    row(
        "account_exists",
        "es",
        "Ya tiene una cuenta",
        "Alguien, quizá usted, ha querido registrar esta dirección en ${environment.name}. Ya pertenece a su cuenta ${user.username}.",
        "",
    ),
    row(
        "sign_on_blocked",
        "en",
        "Your sign-in is blocked for a while",
        "Too many attempts to sign in as ${user.username} at ${environment.name} have failed. Nobody can for a while. With a new password you can at once: choose “Forgot your password?” where you sign in.",
        "",
    ),
    row(
        "sign_on_blocked",
        "de",
        "Ihre Anmeldung ist eine Weile gesperrt",
        "Zu viele Versuche, sich als ${user.username} bei ${environment.name} anzumelden, sind fehlgeschlagen. Eine Weile kann es niemand. Mit einem neuen Passwort können Sie es sofort: Wählen Sie bei der Anmeldung „Passwort vergessen?“.",
        "",
    ),
    row(
        "sign_on_blocked",
        "fr",
        "Votre connexion est bloquée quelque temps",
        "Trop de tentatives de connexion en tant que ${user.username} chez ${environment.name} ont échoué. Personne ne le peut pendant quelque temps. Avec un nouveau mot de passe, vous le pouvez tout de suite : choisissez « Mot de passe oublié ? » à la connexion.",
        "",
    ),
    row(
        "sign_on_blocked",
        "es",
        "Su inicio de sesión está bloqueado un tiempo",
        "Han fallado demasiados intentos de iniciar sesión como ${user.username} en ${environment.name}. Durante un tiempo nadie puede. Con una contraseña nueva puede enseguida: elija «¿Ha olvidado su contraseña?» al iniciar sesión.",
        "",
    ),
];
