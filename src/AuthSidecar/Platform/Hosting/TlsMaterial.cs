using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using AuthSidecar.Platform.Configuration;

namespace AuthSidecar.Platform.Hosting;

/// <summary>Content of the files of <c>Listen:Tls</c> at one point in time.</summary>
/// <param name="Server">Certificate, key and intermediates.</param>
/// <param name="Authorities">Issuers of client certificates; null: none is required.</param>
/// <param name="NotAfter">End of the certificate.</param>
/// <param name="AuthoritiesNotAfter">End of the first authority to end, or null.</param>
internal sealed record TlsMaterial(
    SslStreamCertificateContext Server,
    X509Certificate2Collection? Authorities,
    DateTimeOffset NotAfter,
    DateTimeOffset? AuthoritiesNotAfter
)
{
    public DateTimeOffset NotBefore => Server.TargetCertificate.NotBefore;

    public string Thumbprint => Server.TargetCertificate.Thumbprint;

    /// <exception cref="CryptographicException">A file cannot be read or used, or the key belongs to another certificate.</exception>
    public static TlsMaterial Read(TlsOptions tls, SettingsFiles files)
    {
        var (pem, key) = (Text(files, tls.Certificate), Text(files, tls.Key));
        var certificate = Use($"{tls.Certificate} or {tls.Key}", () => Load(pem, key));
        var chain = Use(tls.Certificate, () => LoadAll(pem));
        var authorities = tls.ClientCa.Length > 0 ? Use(tls.ClientCa, () => LoadAll(Text(files, tls.ClientCa))) : null;
        return new(
            SslStreamCertificateContext.Create(certificate, chain, offline: true),
            authorities,
            certificate.NotAfter,
            authorities?.Min(authority => authority.NotAfter)
        );
    }

    private static X509Certificate2 Load(string pem, string key)
    {
        using var ephemeral = X509Certificate2.CreateFromPem(pem, key);
        return X509CertificateLoader.LoadPkcs12(ephemeral.Export(X509ContentType.Pkcs12), null);
    }

    private static X509Certificate2Collection LoadAll(string pem)
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPem(pem);
        return certificates.Count > 0 ? certificates : throw new CryptographicException("it holds no certificate");
    }

    private static T Use<T>(string file, Func<T> load)
    {
        try
        {
            return load();
        }
        catch (Exception exception) when (exception is ArgumentException or CryptographicException)
        {
            throw new CryptographicException($"file {file} cannot be used: {exception.Message}", exception);
        }
    }

    private static string Text(SettingsFiles files, string path) =>
        files.Read(path) is (var content, null)
            ? Encoding.UTF8.GetString(content)
            : throw new CryptographicException($"file {path} {files.Read(path).Error}");
}
