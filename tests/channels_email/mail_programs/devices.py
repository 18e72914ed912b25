"""What devices and apps add to a mail."""

DEVICES = """
Sent from my iPhone
Sent from my iPad
Sent from my Samsung Galaxy smartphone.
Sent from Yahoo Mail on Android
Sent from Mail for Windows
Sent from Outlook for Android
Sent from Proton Mail for iOS
Sent with Proton Mail secure email.
Get Outlook for iOS
Get Outlook for Android<https://aka.ms/ghei36>
Sent from my mobile, please excuse any typos.
Sent from my TI-85
Von meinem iPhone gesendet
Von meinem Samsung Gerät gesendet.
Gesendet mit der GMX Mail App
Gesendet von Outlook für Android
Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.
Envoyé de mon iPhone
Envoyé depuis mon téléphone Orange
Envoyé à partir de Outlook pour Android
Obtenir Outlook pour iOS
Enviado desde mi iPhone
Enviado desde Outlook para iOS
Obtener Outlook para Android
Enviado do meu iPhone
Enviado a partir do meu telemóvel
Inviato da iPhone
Inviato dal mio telefono
Scarica Outlook per iOS
Verstuurd vanaf mijn iPhone
Verzonden met Outlook voor Android
Outlook voor iOS downloaden
Skickat från min iPhone
Hämta Outlook för iOS
Sendt fra min iPhone
Hent Outlook til iOS
Lähetetty iPhonesta
Lähetetty puhelimesta
Wysłane z iPhone’a
Wysłano z telefonu Samsung
Pobierz program Outlook dla systemu iOS
Отправлено с iPhone
Отправлено из мобильной Яндекс Почты
Отправлено из Mail.ru для Android
Надіслано з iPhone
Odesláno z iPhonu
Odesláno z Outlooku pro iOS
Odoslané z iPhonu
Trimis de pe iPhone-ul meu
Στάλθηκε από το iPhone μου
iPhone'umdan gönderildi
Được gửi từ iPhone của tôi
Dikirim dari iPhone saya
נשלח מה-iPhone שלי
أُرسلت من الـ iPhone
تم الإرسال من هاتفي
发自我的iPhone
发自我的小米手机
發自我的 iPhone
从我的华为手机发送
來自我的 iPhone
从 Windows 版邮件发送
获取 Outlook for iOS
iPhoneから送信
Outlook for iOS を入手
나의 iPhone에서 보냄
Galaxy에서 보냄
ส่งจาก iPhone ของฉัน
मेरे iPhone से भेजा गया
Virus-free.www.avast.com
""".strip().split("\n")
