using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AuthSidecar.TestSupport.Servers;

/// <summary>A certificate authority with one server and one client.</summary>
internal sealed class TestAuthority : IDisposable
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private readonly X509Certificate2 _authority;
    private readonly X509Certificate2 _server;

    /// <param name="name">Common name of the authority.</param>
    /// <param name="servers">DNS names of the server beside its address.</param>
    public TestAuthority(string name, params string[] servers)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1));
        _server = Issue("CN=localhost", ServerAuthentication, servers);
        ClientCertificate = Issue("CN=envoy", ClientAuthentication);
    }

    public string Pem => _authority.ExportCertificatePem() + "\n";

    public X509Certificate2 ClientCertificate { get; }

    /// <summary>Base64 SHA-256 of the server's public key, for clients that pin it.</summary>
    public string ServerKeyHash => KeyHash(_server);

    public static string KeyHash(X509Certificate certificate) =>
        Convert.ToBase64String(
            SHA256.HashData(X509CertificateLoader.LoadCertificate(certificate.GetRawCertData()).PublicKey.ExportSubjectPublicKeyInfo())
        );

    public bool Issued(X509Certificate? certificate) =>
        certificate is not null
        && certificate.Issuer == _authority.Subject
        && certificate.GetCertHashString() == _server.GetCertHashString();

    public void WriteServer(string certificateFile, string keyFile)
    {
        File.WriteAllText(certificateFile, _server.ExportCertificatePem());
        File.WriteAllText(keyFile, _server.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
    }

    public void Dispose()
    {
        _authority.Dispose();
        _server.Dispose();
        ClientCertificate.Dispose();
    }

    /// <summary>A client certificate with these names: URIs when they have a scheme, else DNS names.</summary>
    public X509Certificate2 Client(string commonName, params string[] names) => Issue($"CN={commonName}", ClientAuthentication, names);

    /// <summary>A client certificate that says where its issuer's certificate is.</summary>
    public X509Certificate2 ClientOfIssuerAt(Uri address) =>
        Issue("CN=envoy", ClientAuthentication, [], new X509AuthorityInformationAccessExtension([], [address.AbsoluteUri]));

    private X509Certificate2 Issue(string subject, string purpose, params string[] further) => Issue(subject, purpose, further, null);

    private X509Certificate2 Issue(string subject, string purpose, string[] further, X509Extension? extension)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new(purpose)], false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        foreach (var name in further)
        {
            if (name.Contains("://", StringComparison.Ordinal))
            {
                names.AddUri(new(name));
            }
            else
            {
                names.AddDnsName(name);
            }
        }

        request.CertificateExtensions.Add(names.Build());
        if (extension is not null)
        {
            request.CertificateExtensions.Add(extension);
        }

        using var issued = request.Create(_authority, _authority.NotBefore, _authority.NotAfter, RandomNumberGenerator.GetBytes(8));
        using var withKey = issued.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), null);
    }
}
