using MimeKit;
using MimeKit.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.OpenSsl;
using Org.BouncyCastle.X509;

namespace Cx.Application.FollowUps.Email;

/// <summary>A private key that cannot sign. The message is fit for the settings' errors: it holds nothing of the key or of its path.</summary>
public sealed class UnusableDkimKeyException(string message) : Exception(message);

/// <summary>The private key of DKIM (RFC 6376): RSA, or Ed25519 (RFC 8463).</summary>
public sealed class DkimKey
{
    /// <summary>Bits. RFC 8301 §3.2: shorter keys are not verified.</summary>
    public const int ShortestRsa = 1024;

    private const string PemBegin = "-----BEGIN ";

    private DkimKey(AsymmetricKeyParameter secret, string keyType, byte[] publicKey) =>
        (Secret, KeyType, PublicKey) = (secret, keyType, Convert.ToBase64String(publicKey));

    /// <summary><c>rsa</c> or <c>ed25519</c>, as the DNS record says in <c>k=</c>.</summary>
    public string KeyType { get; }

    /// <summary>What the DNS record holds in <c>p=</c>: base64 of the SubjectPublicKeyInfo of RSA, of the bare 32 octets of Ed25519.</summary>
    public string PublicKey { get; }

    internal AsymmetricKeyParameter Secret { get; }

    internal DkimSignatureAlgorithm Algorithm => KeyType == "rsa" ? DkimSignatureAlgorithm.RsaSha256 : DkimSignatureAlgorithm.Ed25519Sha256;

    /// <param name="pemOrPath">The key as PEM, whose line ends may be written as <c>\n</c>, or the path of a file that holds it.</param>
    /// <exception cref="UnusableDkimKeyException">There is no such file, or no private key of a kind that signs in it.</exception>
    public static DkimKey Read(string pemOrPath) => Parse(pemOrPath.Contains(PemBegin, StringComparison.Ordinal)
        ? pemOrPath.Replace("\\n", "\n", StringComparison.Ordinal)
        : FileText(pemOrPath.Trim()));

    private static string FileText(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new UnusableDkimKeyException("neither PEM nor a file that can be read.");
        }
    }

    private static DkimKey Parse(string pem)
    {
        try
        {
            using var text = new StringReader(pem);
            using var reader = new PemReader(text);
            return (reader.ReadObject() switch { AsymmetricCipherKeyPair pair => pair.Private, var other => other }) switch
            {
                RsaPrivateCrtKeyParameters { Modulus.BitLength: < ShortestRsa } =>
                    throw new UnusableDkimKeyException($"an RSA key of fewer than {ShortestRsa} bits is not verified; use 2048."),
                RsaPrivateCrtKeyParameters rsa => new(rsa, "rsa", SubjectPublicKeyInfoFactory.CreateSubjectPublicKeyInfo(
                    new RsaKeyParameters(isPrivate: false, rsa.Modulus, rsa.PublicExponent)).GetDerEncoded()),
                Ed25519PrivateKeyParameters ed25519 => new(ed25519, "ed25519", ed25519.GeneratePublicKey().GetEncoded()),
                _ => throw new UnusableDkimKeyException("no private key for RSA or Ed25519 in PEM."),
            };
        }
        catch (PasswordException)
        {
            throw new UnusableDkimKeyException("the key is encrypted; give it without a passphrase, from a secret store.");
        }
        catch (Exception e) when (e is IOException or FormatException or ArgumentException or InvalidOperationException or InvalidCastException
            or Org.BouncyCastle.Security.GeneralSecurityException)
        {
            throw new UnusableDkimKeyException("the PEM is damaged.");
        }
    }
}

/// <summary>Signs messages for one domain. A signature is made after the message is encoded for its relay: nothing may change it any more.</summary>
internal sealed class DkimSigning
{
    /// <summary>
    /// Each is named once more than a message has it, so that nobody can add another, whose value a reader might show instead of ours (RFC 6376 §8.15).
    /// RFC 8058 §4 asks for the two of unsubscribing.
    /// </summary>
    private static readonly HeaderId[] Covered =
    [
        HeaderId.From, HeaderId.To, HeaderId.Cc, HeaderId.ReplyTo, HeaderId.Subject, HeaderId.Date, HeaderId.MessageId, HeaderId.MimeVersion,
        HeaderId.ContentType, HeaderId.ListUnsubscribe, HeaderId.ListUnsubscribePost,
    ];

    private readonly Signer signer;

    public DkimSigning(string domain, string selector, DkimKey key, TimeProvider time) => signer = new(domain, selector, key, time);

    /// <param name="options">Those that the message is written with.</param>
    public void Sign(FormatOptions options, MimeMessage message) =>
        signer.Sign(options, message, [.. Covered.SelectMany(id => Enumerable.Repeat(id, Occurrences(message, id) + 1))]);

    private static int Occurrences(MimeMessage message, HeaderId id) =>
        (id == HeaderId.ContentType ? message.Body!.Headers : message.Headers).Count(header => header.Id == id);

    // Relaxed: relays fold headers anew and drop white space at the end of lines.
    private sealed class Signer : DkimSigner
    {
        private readonly TimeProvider time;

        public Signer(string domain, string selector, DkimKey key, TimeProvider time)
            : base(key.Secret, domain, selector, key.Algorithm)
        {
            this.time = time;
            HeaderCanonicalizationAlgorithm = BodyCanonicalizationAlgorithm = DkimCanonicalizationAlgorithm.Relaxed;
        }

        protected override long GetTimestamp() => time.GetUtcNow().ToUnixTimeSeconds();
    }
}
