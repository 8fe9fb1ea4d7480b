using System.Security.Cryptography;
using Cx.Application.FollowUps.Email;
using MimeKit.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Pkcs;
using Org.BouncyCastle.Security;

namespace Cx.Tests.FollowUps.Email;

/// <summary>Keys of DKIM, made once, and the DNS that publishes them.</summary>
internal static class DkimKeys
{
    public static string Rsa { get; } = PemOf(2048);

    public static string Ed25519 { get; } = PemEncoding.WriteString(
        "PRIVATE KEY", PrivateKeyInfoFactory.CreatePrivateKeyInfo(new Ed25519PrivateKeyParameters(new SecureRandom())).GetDerEncoded());

    public static string PemOf(int bits)
    {
        using var rsa = RSA.Create(bits);
        return rsa.ExportPkcs8PrivateKeyPem();
    }

    /// <summary>Answers for one selector of one domain, as DNS would.</summary>
    public sealed class Dns(string ofDomain, string ofSelector, string pem) : DkimPublicKeyLocatorBase
    {
        public override AsymmetricKeyParameter LocatePublicKey(string methods, string domain, string selector, CancellationToken cancellationToken = default)
        {
            Assert.Equal((ofDomain, ofSelector), (domain, selector));
            var key = DkimKey.Read(pem);
            return GetPublicKey($"v=DKIM1; k={key.KeyType}; p={key.PublicKey}");
        }

        public override Task<AsymmetricKeyParameter> LocatePublicKeyAsync(
            string methods, string domain, string selector, CancellationToken cancellationToken = default) =>
            Task.FromResult(LocatePublicKey(methods, domain, selector, cancellationToken));
    }
}
