### Countersign en français.

## Toutes les pages

skip = Aller au contenu
language = Langue
username = Identifiant
email = E-mail
password = Mot de passe
password-show = Afficher le mot de passe
password-hide = Masquer le mot de passe
signed-in-as = Connecté en tant que
continue = Continuer
cancel = Annuler
back = Retour
back-to = Retour à { $client }
required = Obligatoire
change = Modifier
manage = Gérer
review = Consulter
set-up = Configurer
or = ou
on = Activé
off = Désactivé
copied = Copié

## L’application à côté du formulaire

party-sign-in = Connectez-vous pour continuer vers
party-consent = Demande d’accès
party-return = Retour vers
party-plain = Vous utilisiez

## Connexion

sign-on-title = Connexion
sign-on-lead = Utilisez votre compte { $brand }.
sign-on-again-title = Confirmez votre identité
sign-on-again-lead = Saisissez à nouveau votre mot de passe pour continuer.
sign-on-submit = Se connecter
sign-on-other = Ce n’est pas vous ?

## Mot de passe à modifier

new-password-title = Nouveau mot de passe requis
new-password-lead-must-change = Vous devez modifier votre mot de passe avant de continuer.
new-password-lead-expired = Votre mot de passe est trop ancien. Choisissez-en un autre avant de continuer.
new-password-lead-recovery = Choisissez un nouveau mot de passe. Vous serez déconnecté partout ailleurs.
new-password-lead-requested = Choisissez un nouveau mot de passe. Vous serez déconnecté partout ailleurs.
password-rule-short = Au moins { $min } caractères
password-rule-long = Au plus { $max } caractères
password-rule-username = Différent du nom d’utilisateur
password-rule-common = Pas l’un des mots de passe les plus courants
new-password-submit = Enregistrer et continuer
password-changed-lead = Votre nouveau mot de passe est valable dès maintenant. Vous avez été déconnecté partout.

## Mot de passe ou identifiant oublié

recover-link = Mot de passe oublié ?
recover-username-link = Identifiant oublié ?
back-to-sign-on = Retour à la connexion
recover-title = Mot de passe oublié ?
recover-lead = Indiquez votre identifiant. S’il correspond à un compte dont l’adresse e-mail est confirmée, nous y enverrons un code.
recover-submit = Envoyer le code
recovery-code-title = Consultez vos e-mails
recovery-code-lead = Si { $username } a un compte dont l’adresse e-mail est confirmée, nous y avons envoyé un code. Il est valable cinq minutes.
recovery-code = Code reçu par e-mail
recover-username-title = Identifiant oublié ?
recover-username-lead = Indiquez votre adresse e-mail. Si elle correspond à un compte, nous y enverrons l’identifiant.
recover-username-submit = Envoyer l’identifiant
username-sent-lead = Si l’adresse correspond à un compte, votre identifiant vient d’y être envoyé.

## Inscription

register-link = Créer un compte
register-title = Créer un compte
register-lead = Nous enverrons un code à votre adresse e-mail pour nous assurer qu’elle est bien la vôtre.
register-confirm = Mot de passe encore une fois
given-name = Prénom (facultatif)
family-name = Nom de famille (facultatif)
verify-email-lead = Nous avons envoyé un message à { $email }. S’il contient un code, saisissez-le ici. Il est valable cinq minutes.
registered-title = Votre compte est prêt
registered-lead = Vous pouvez l’utiliser dès maintenant.

## Code à usage unique

code-title = Saisissez votre code
code-lead-totp = Ouvrez votre application d’authentification et saisissez le code affiché.
code-lead-email = Nous avons envoyé un code à { $destination }. Il est valable quelques minutes.
code-lead-sms = Nous avons envoyé un SMS avec un code au { $destination }. Il est valable quelques minutes.
code-lead-voice = Nous appelons le { $destination } pour vous lire un code. Il est valable quelques minutes.
code-lead-recovery = Saisissez l’un de vos codes de secours. Chacun ne sert qu’une fois.
code = Code à usage unique
code-auto = Nous continuerons dès que le dernier chiffre sera saisi.
code-resend = Envoyer un nouveau code
code-recovery = Code de secours
trust-browser = Faire confiance à ce navigateur : ne pas y demander de code pendant { $days ->
    [one] un jour
   *[other] { $days } jours
}

## L’appareil qui répond

device-title = Confirmez que c’est bien vous
device-lead = Choisissez comment confirmer.
device-other = Confirmer autrement
device-totp = Code de votre application d’authentification
device-email = Code par e-mail à { $target }
device-sms = Code par SMS au { $target }
device-voice = Code par appel au { $target }
device-webauthn = Clé d’accès ou clé de sécurité
device-push = Approuver sur votre téléphone
device-face = Votre visage
device-recovery = L’un de vos codes de secours

## Clés d’accès

passkey-use = Utiliser une clé d’accès
passkey-waiting = Suivez les instructions de votre navigateur.
passkey-failed = Cela n’a pas fonctionné. Réessayez ou continuez autrement.
passkey-unsupported = Ce navigateur ne peut pas utiliser de clé d’accès ici. Veuillez continuer autrement.
passkey-no-script = Les clés d’accès et de sécurité ont besoin de scripts, qui sont désactivés dans ce navigateur. Activez-les ou continuez autrement.
assertion-title = Confirmez avec votre clé d’accès
assertion-lead = Utilisez votre empreinte, votre visage, le verrouillage de l’écran ou une clé de sécurité.

## Sur le téléphone

push-title = Approuvez sur votre téléphone
push-lead = Nous avons interrogé votre application d’approbation.
push-number = Saisissez-y ce nombre
push-waiting = En attente de votre réponse…
push-continue = J’ai répondu
push-again = Demander à nouveau
push-rejected = Cela n’a pas été approuvé. Si c’était une erreur, vous pouvez demander à nouveau.
push-timed-out = Aucune réponse n’est arrivée à temps. Vous pouvez demander à nouveau.

## Le visage

face-title = Regardez la caméra
face-lead = Nous vous reconnaissons à votre visage, avec ce navigateur.
face-enrol-lead = Nous regardons votre visage pour que vous puissiez confirmer avec lui dans ce navigateur.
face-start = Commencer
face-again = Réessayer
face-connecting = Un instant…
face-unsupported = Ce navigateur ne peut pas le faire ici : il faut une caméra et une connexion sécurisée. Continuez autrement.
face-no-script = Il faut des scripts, qui sont désactivés dans ce navigateur. Activez-les ou continuez autrement.
face-no-camera = Il n’y a pas de caméra que nous puissions utiliser. Autorisez cette page à s’en servir et réessayez, ou continuez autrement.
face-unknown = Votre visage n’est pas configuré dans ce navigateur. Continuez autrement.
face-known = Votre visage est déjà configuré dans ce navigateur.
face-failed = Nous n’avons pas pu vous reconnaître.
face-locked = Il y a eu trop d’essais. Réessayez plus tard.
face-busy = Nous ne pouvons pas regarder votre visage pour le moment. Réessayez ou continuez autrement.
face-over = Cela n’a pas fonctionné. Réessayez.
face-once-more = Encore une fois, s’il vous plaît.
face-done = Merci.
face-center = Regardez droit devant vous.
face-left = Tournez la tête vers votre gauche.
face-right = Tournez la tête vers votre droite.
face-hold-still = Ne bougez plus.
face-slower = Plus lentement.
face-no-face = Montrez votre visage dans l’ovale.
face-several-faces = Un seul visage, s’il vous plaît.
face-move-closer = Rapprochez-vous.
face-move-back = Reculez un peu.
face-move-to-center = Placez-vous au milieu.
face-too-dark = Il fait trop sombre.
face-too-bright = Il y a trop de lumière.
face-blurred = L’image est floue.
face-agree = J’accepte
face-approve = Approuver
face-rejected = Nous n’avons pas pu vous reconnaître. Vous pouvez réessayer.
face-timed-out = Cela a pris trop de temps. Vous pouvez réessayer.

## Consentement

consent-title = Autoriser { $client } à utiliser votre compte ?
consent-details-title = { $client } demande votre accord
consent-details = Vous approuvez
consent-everything = Tout ce que contient la demande
consent-scopes = { $client } souhaite
consent-allow = Autoriser
consent-deny = Ne pas autoriser
consent-approve = Approuver
consent-reject = Ne pas approuver
consent-remembered = Nous retiendrons votre choix pour { $client }. Vous pourrez le retirer à tout moment dans votre compte.
consent-once = Ce choix est valable une seule fois. { $client } vous le redemandera la prochaine fois.

# Ce que permettent les scopes standard. Ils suivent « souhaite ».
scope-openid = confirmer votre identité
scope-profile = consulter votre nom et votre profil
scope-email = consulter votre adresse e-mail
scope-address = consulter votre adresse postale
scope-phone = consulter votre numéro de téléphone
scope-offline_access = conserver cet accès en votre absence
# Le scope par défaut, là où l’administrateur n’a pas de mots pour lui.
default-scope = avoir un accès de base à votre compte
# Un scope dynamique : ses mots, et ce dont il s’agit.
scope-with-value = { $scope } : { $value }

## Déconnexion

sign-out-title = Se déconnecter ?
sign-out-lead = Vous serez déconnecté de { $brand } dans ce navigateur.
sign-out-lead-client = { $client } a demandé votre déconnexion. Vous serez déconnecté de { $brand } dans ce navigateur.
sign-out-submit = Se déconnecter
sign-out-stay = Rester connecté
signed-out-title = Vous êtes déconnecté
signed-out-lead = Votre session { $brand } dans ce navigateur est terminée.
signed-out-note = Vous êtes sur un ordinateur partagé ? Fermez aussi la fenêtre du navigateur.

## Sur le chemin du retour

form-post-title = Un instant
form-post-lead = Si rien ne se passe, sélectionnez « { $button } ».

## Page d’erreur

error-details = Informations pour l’assistance
error-detail = Ce qui s’est passé
error-reference = Référence

error-request-title = Ce lien ne fonctionne pas
error-request-message = L’application a envoyé une demande que nous ne pouvons pas accepter. Veuillez revenir en arrière et réessayer. Si le problème persiste, contactez le responsable de l’application.
error-client-title = Nous ne connaissons pas cette application
error-client-message = L’application qui vous a dirigé ici n’est pas enregistrée chez nous ou a été désactivée.
error-redirect-title = Nous nous sommes arrêtés pour votre sécurité
error-redirect-message = L’application souhaitait vous envoyer vers une adresse qu’elle n’a pas enregistrée. Nous n’avons rien transmis.
error-expired-title = Cette page a expiré
error-expired-message = Pour votre sécurité, les pages de connexion ne restent ouvertes que peu de temps. Veuillez revenir à l’application et recommencer.
error-used-title = Cette étape est déjà terminée
error-used-message = Cette connexion est déjà terminée. Veuillez revenir à l’application pour continuer.
error-browser-title = Nous ne reconnaissons pas ce navigateur
error-browser-message = Cette connexion a commencé dans un autre navigateur, ou les cookies sont bloqués. Veuillez autoriser les cookies et recommencer depuis l’application.
error-csrf-title = Veuillez réessayer
error-csrf-message = Nous n’avons pas pu confirmer que la demande venait de cette page. Revenez en arrière, rechargez la page et réessayez.
error-denied-title = Vous n’avez pas accès
error-denied-message = Votre compte n’est pas autorisé à utiliser cette application. Si cela vous semble anormal, contactez son responsable.
error-sign-out-title = Nous n’avons pas pu vous déconnecter
error-sign-out-message = La demande de déconnexion n’était pas valide. Par précaution, fermez votre navigateur.
error-not-found-title = Il n’y a rien ici
error-not-found-message = L’adresse est peut-être mal saisie, ou la page a été déplacée.
error-method-title = Cette page ne s’ouvre pas de cette façon
error-method-message = La demande était d’un type que cette page n’accepte pas. Veuillez revenir en arrière et réessayer.
error-too-large-title = C’était trop
error-too-large-message = L’envoi dépasse ce que cette page peut accepter. Veuillez revenir en arrière et réessayer avec moins.
error-busy-title = Trop de demandes
error-busy-message = Nous avons reçu trop de demandes de votre part. Veuillez patienter un instant et réessayer.
error-server-title = Une erreur s’est produite
error-server-message = Le problème vient de chez nous et nous l’avons consigné. Veuillez réessayer dans un instant.
error-unavailable-title = Nous revenons tout de suite
error-unavailable-message = Le service est momentanément indisponible. Veuillez réessayer dans quelques minutes.

## Erreurs près d’un formulaire

error-credentials = Identifiant ou mot de passe incorrect. Veuillez vérifier les deux et réessayer.
error-locked = Trop de tentatives. Veuillez patienter quelques minutes avant de réessayer.
error-code = Ce code est incorrect. Vérifiez le code le plus récent et réessayez.
error-code-expired = Ce code a expiré. Veuillez saisir le plus récent.
error-code-used = Ce code a déjà été utilisé. Attendez le suivant.
error-too-many-codes = Trop de codes incorrects. Veuillez patienter quelques minutes avant de réessayer.
error-code-not-sent = Nous n’avons pas pu envoyer le code. Veuillez réessayer dans un instant.
error-assertion = Cette clé d’accès n’a pas permis de confirmer. Réessayez ou confirmez autrement.
error-code-too-soon = Nous venons d’envoyer un code. Veuillez patienter une demi-minute.
error-code-too-many-sent = Nous ne pouvons plus envoyer de code pour l’instant. Confirmez autrement ou réessayez plus tard.
error-field-missing = Veuillez remplir tous les champs.
error-scope-required = Veuillez choisir ce que vous autorisez, ou sélectionnez « Ne pas autoriser ».
error-password-current = Votre mot de passe actuel est incorrect.
error-password-mismatch = Les deux nouveaux mots de passe ne sont pas identiques.
error-password-short = Votre nouveau mot de passe doit comporter au moins { $min } caractères.
error-password-long = Votre nouveau mot de passe peut comporter au plus { $max } caractères.
error-password-same = Votre nouveau mot de passe doit être différent de l’actuel.
error-password-common = Ce mot de passe est trop facile à deviner. Veuillez en choisir un autre.
error-password-policy = Ce mot de passe ne respecte pas les règles. Veuillez en choisir un autre.
error-name-taken = Cet identifiant est pris. Veuillez en choisir un autre.
error-name-refused = Ce nom ne convient pas. Veuillez en choisir un autre.
error-address-refused = Ce n’est pas une adresse e-mail.
error-confirm-needed = Confirmez votre identité : avec votre mot de passe, ou en vous reconnectant.
error-method-known = Vous l’avez déjà ajoutée.
error-recovery-alone = Ajoutez d’abord une autre méthode : les codes de secours la remplacent.
error-method-full = Vous ne pouvez pas avoir plus de méthodes. Retirez-en une pour en ajouter une autre.
error-method-name = Un nom a de 1 à 64 caractères, tous visibles.
error-method-target = Nous ne pouvons pas y envoyer de codes. Vérifiez la saisie.
error-method-passkey = Cette clé n’a pas été acceptée. Réessayez.
error-method-last = Il vous faut celle-ci pour vous connecter. Ajoutez-en une autre avant de la retirer.
error-device-needed = Vous venez de confirmer avec celui-ci, ou il vous le faut pour vous connecter : il reste.
error-session-gone = Cet appareil est déjà déconnecté.
error-browser-gone = Ce navigateur n’est plus de confiance.
error-grant-gone = Cette application n’a plus accès à votre compte.
error-form-stale = Cette page est restée ouverte trop longtemps. Veuillez réessayer.
failure-denied = La connexion a été annulée ou refusée.
failure-interaction = Vous devez vous reconnecter. Revenez à l’application et recommencez.

## Ce qui a été fait

flash-password-changed = Votre mot de passe a été modifié.
flash-method-added = Votre nouvelle méthode est prête.
flash-method-renamed = Le nouveau nom est enregistré.
flash-method-default = Nous la demanderons d’abord désormais.
flash-method-removed = La méthode a été retirée.
flash-code-sent = Nous avons envoyé un nouveau code.
flash-session-revoked = L’appareil a été déconnecté.
flash-browser-forgotten = Ce navigateur n’est plus de confiance.
flash-sessions-revoked = { $count ->
    [0] Aucun autre appareil n’était connecté.
    [one] Un autre appareil a été déconnecté.
   *[other] { $count } autres appareils ont été déconnectés.
}
flash-grant-revoked = { $client } n’a plus accès à votre compte.

## Compte

account-nav = Compte
account-overview = Aperçu
account-password = Mot de passe
account-devices = Méthodes de connexion
account-sessions = Appareils
account-grants = Applications

overview-title = Votre compte
overview-hello = Bonjour, { $name }
overview-lead = Tout ce qui concerne votre connexion, au même endroit.
overview-security = Connexion et sécurité
overview-devices-on = { $count ->
    [one] Vous confirmez votre identité d’une manière de plus.
   *[other] Vous pouvez confirmer votre identité de { $count } autres manières.
}
overview-devices-off = Ajoutez une seconde étape pour une connexion plus sûre.
overview-sessions = Où vous êtes connecté en ce moment.
overview-grants = Ce qui peut utiliser votre compte.

password-title = Modifier votre mot de passe
password-lead = Choisissez-en un que vous n’utilisez nulle part ailleurs.
password-changed = Modifié le { $when }
password-never-changed = Jamais modifié
password-current = Mot de passe actuel
password-new = Nouveau mot de passe
password-confirm = Confirmez le nouveau mot de passe
password-hint = Au moins { $min } caractères. Quelques mots sans lien entre eux sont sûrs et faciles à retenir.
password-note = Modifier votre mot de passe vous déconnecte de tous vos autres appareils.
password-submit = Modifier le mot de passe

totp-scan-title = Scannez ce code
totp-scan-text = Ouvrez votre application d’authentification, ajoutez un compte et pointez l’appareil photo ici.
totp-qr-label = Code QR contenant votre clé de configuration
totp-open = Ouvrir dans une application de cet appareil
totp-secret = Ou saisissez cette clé :
totp-copy = Copier la clé
totp-confirm-title = Vérifiez que tout fonctionne
totp-code-hint = Les six chiffres affichés en ce moment par votre application.
totp-submit = Activer

## De quoi confirmer qui l’on est. Chaque sorte : son nom, et à quoi elle sert.

methods-title = Méthodes de connexion
methods-lead = Comment vous confirmez votre identité, en plus du mot de passe.
methods-yours = Vos méthodes
methods-add = Ajouter une méthode
methods-empty-title = Rien n’est encore configuré
methods-empty-text = Ajoutez une méthode ci-dessous, et nous la demanderons à la connexion.
method-passkey = Clé d’accès
method-hint-passkey = Connectez-vous avec votre empreinte, votre visage ou le verrouillage de l’écran, sans mot de passe.
method-lead-passkey = Votre navigateur demande votre empreinte, votre visage ou le verrouillage de l’écran, et garde la clé pour vous.
method-security-key = Clé de sécurité
method-hint-security-key = Une petite clé à brancher ou à approcher du téléphone.
method-lead-security-key = Ayez votre clé à portée de main. Votre navigateur vous dit quand la brancher et la toucher.
method-totp = Application d’authentification
method-hint-totp = Un code d’une application sur votre téléphone.
method-email = Codes par e-mail
method-hint-email = Nous envoyons un code à votre boîte aux lettres.
method-sms = Codes par SMS
method-hint-sms = Nous envoyons un code à votre téléphone.
method-voice = Codes par appel
method-hint-voice = Nous vous appelons et lisons un code.
method-face = Visage
method-hint-face = Votre caméra vous reconnaît, dans ce navigateur.
method-recovery = Codes de secours
method-hint-recovery = Des codes sur papier, pour quand vous n’avez rien d’autre sous la main.
method-authenticator = Application d’approbation
method-hint-authenticator = Votre téléphone, ou un autre navigateur, vous interroge, et vous y approuvez.
method-unfinished = Elle n’a pas été connectée. Ce qui vous a été montré ne l’est pas deux fois : ajoutez-la à nouveau.
method-default = Demandée d’abord
method-pending = Inachevée
method-added = Ajoutée le { $when }
method-used = Utilisée le { $when }
method-unused = Pas encore utilisée
method-left = { $count ->
    [one] Il reste un code
   *[other] Il reste { $count } codes
}
method-name = Nom
method-name-hint = Pour la reconnaître. Vous pouvez laisser ce champ vide.
method-number = Numéro de téléphone
method-number-hint = Avec l’indicatif du pays, par exemple +33 1 23 45 67 89.
method-create = Continuer
method-cancel = Ne pas l’ajouter
method-passkey-failed = Cela n’a pas marché, ou cet appareil a déjà une clé d’accès pour vous. Réessayez.
method-rename = Enregistrer le nom
method-prefer-text = La demander d’abord à la connexion.
method-prefer = Demander d’abord
method-remove-title = Retirer
method-remove-text = Vous ne pourrez plus confirmer votre identité avec elle.
method-remove = Retirer
confirm-fresh = Vous venez de vous connecter : il n’y a rien d’autre à confirmer.
confirm-sign-on = Se reconnecter pour confirmer votre identité
recovery-new = Vous recevez dix codes. Chacun sert une fois, à la place de vos autres méthodes.
recovery-replace = Vous recevez dix nouveaux codes. Les anciens ne serviront plus.
recovery-submit = Créer de nouveaux codes
recovery-shown-title = Vos codes de secours
recovery-shown-lead = Imprimez-les ou notez-les maintenant : nous ne pouvons pas les montrer à nouveau. Chacun sert une fois.
recovery-done = Je les ai gardés
recovery-copy = Copier
recovery-print = Imprimer

sessions-title = Vos appareils
sessions-lead = Ces navigateurs sont connectés à votre compte. Déconnectez ceux que vous ne reconnaissez pas.
sessions-current = Cet appareil
sessions-seen = Dernière activité le { $when }
sessions-created = Connecté le { $when }
sessions-revoke = Déconnecter
sessions-revoke-label = Déconnecter { $device }
sessions-revoke-others = Déconnecter tous les autres appareils
sessions-only-this = Vous êtes connecté uniquement sur cet appareil.
sessions-empty-title = Aucun appareil actif
sessions-empty-text = Lorsque vous vous connectez, l’appareil apparaît ici.
trusted-title = Navigateurs de confiance
trusted-lead = Dans ces navigateurs, votre mot de passe suffit en général. Retirez la confiance à ceux que vous ne reconnaissez pas.
trusted-until = De confiance jusqu’au { $when }
trusted-since = De confiance depuis le { $when }
trusted-forget = Retirer la confiance
trusted-forget-label = Retirer la confiance à { $device }

grants-title = Applications
grants-lead = Ces applications peuvent utiliser votre compte comme vous l’avez autorisé.
grants-created = Autorisée le { $when }
grants-used = Dernière utilisation le { $when }
grants-revoke = Retirer l’accès
grants-revoke-label = Retirer l’accès de { $client }
grants-empty-title = Aucune application
grants-empty-text = Lorsque vous autorisez une application à utiliser votre compte, elle apparaît ici.

## Dates. $day et $month sont des nombres, $year est un texte, $time est un texte comme 14:05, toujours en UTC.

date-month = { $month ->
    [1] janvier
    [2] février
    [3] mars
    [4] avril
    [5] mai
    [6] juin
    [7] juillet
    [8] août
    [9] septembre
    [10] octobre
    [11] novembre
   *[12] décembre
}
date-time = { $day ->
    [1] 1er
   *[other] { $day }
} { $name } { $year } à { $time } UTC

device-code-title = Connecter un appareil
device-code-lead = Saisissez le code affiché par votre appareil.
device-code = Code
device-confirm-title = Est-ce votre appareil ?
device-confirm-lead = { $client } demande un accès depuis un appareil. Vérifiez que l’appareil devant vous affiche ce code.
device-confirm-note = Quelqu’un vous a envoyé un lien vers cette page ? C’est alors son appareil : ne continuez pas.
device-confirm = Oui, c’est mon appareil
device-refuse = Non, refuser
device-allowed-title = Votre appareil est connecté
device-allowed-lead = Vous pouvez y retourner et fermer cette page.
device-denied-title = Rien n’a été connecté
device-denied-lead = L’appareil n’obtient aucun accès. Vous pouvez fermer cette page.
error-device-code = Aucun appareil n’attend avec ce code. Vérifiez-le et réessayez.

## L’authentificateur

pair-title = Connectez votre téléphone
pair-lead = Vous avez { $minutes } minutes.
pair-text = Scannez ceci avec l’appareil photo de votre téléphone et ouvrez le lien. Touchez ensuite « Connecter ».
pair-qr-label = Code QR contenant le lien
pair-here = Utiliser cet appareil
pair-key = Ou saisissez ceci là où l’application le demande :
pair-copy = Copier
pair-waiting = En attente de votre téléphone…
authenticator-title = Authentificateur
authenticator-lead = Approuvez ici connexions et paiements.
authenticator-unsupported = Ce navigateur ne peut pas garder une clé ici. Utilisez un navigateur récent, une connexion sécurisée et pas de fenêtre privée.
authenticator-ready = Connecter cet appareil ?
authenticator-paired = Cet appareil est connecté.
authenticator-not-paired = Ce lien ne convient pas. Il a déjà servi ou est trop ancien : recommencez sur la page de votre compte.
authenticator-approved = Approuvé.
authenticator-denied = Refusé. Si vous n’avez rien commencé, quelqu’un connaît peut-être votre mot de passe : changez-le.
authenticator-over = On ne peut plus y répondre.
authenticator-wrong-number = C’est un autre nombre. Regardez encore une fois.
authenticator-wrong-numbers = Trop de nombres faux. Recommencez d’où vous venez.
authenticator-unreachable = Nous n’avons pas pu être joints. Réessayez.
authenticator-changed = Ce qui est affiché n’est pas ce qui serait signé. N’approuvez pas.
authenticator-lost = N’est plus connecté
authenticator-removing = Retirer ce compte de cet appareil ? Retirez aussi l’appareil de vos méthodes de connexion.
authenticator-notified = Vous serez prévenu.
authenticator-not-notified = Votre navigateur n’autorise pas les notifications ici. Gardez cette page ouverte pour être interrogé.
authenticator-nothing = Rien à approuver. Gardez cette page ouverte.
authenticator-notify = Me prévenir quand elle est fermée
authenticator-accounts = Comptes
authenticator-add = Connecter un compte
authenticator-link = Lien ou clé
authenticator-link-hint = Sur la page de votre compte, sous les méthodes de connexion.
authenticator-connect = Connecter
authenticator-application = Application
authenticator-account = Compte
authenticator-place = Depuis
authenticator-time = Le
authenticator-number = Nombre sur l’autre écran
authenticator-approve = Approuver
authenticator-deny = Refuser
authenticator-remove = Retirer

## Configurer une deuxième étape en chemin

set-up-title = Configurer une deuxième étape
set-up-lead-required = Pour continuer, il vous faut une deuxième étape en plus du mot de passe. Choisissez ce qui vous convient : vous pourrez en ajouter d’autres plus tard.
set-up-lead-offered = Une deuxième étape protège votre compte même si quelqu’un apprend votre mot de passe. La configurer prend une minute.
set-up-skip = Pas maintenant
set-up-other = Choisir une autre méthode
set-up-paired = Votre téléphone est connecté.
set-up-done-title = Votre deuxième étape est prête
set-up-done-lead = Nous vous la demanderons lorsque vous vous connecterez.
manage-devices-ask = Modifier mes appareils
manage-devices-next = Une fois votre identité confirmée, vous pourrez modifier vos appareils.
manage-devices-title = Vos moyens de confirmation
manage-devices-lead = Choisissez ce que nous demandons d’abord, ou retirez ce que vous n’utilisez plus.
manage-devices-first = Demander d’abord

## Mot de passe bientôt trop ancien

password-expires-title = Votre mot de passe va bientôt expirer
password-expires-lead = { $days ->
    [one] Il est encore valable un jour. Changez-le maintenant ou plus tard.
   *[other] Il est encore valable { $days } jours. Changez-le maintenant ou plus tard.
}
password-expires-in = { $days ->
    [one] dans un jour
   *[other] dans { $days } jours
}
password-expires-change = Changer maintenant
password-expires-later = Plus tard
