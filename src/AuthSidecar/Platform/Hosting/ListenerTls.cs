using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace AuthSidecar.Platform.Hosting;

/// <summary>
/// TLS for a listener when a certificate is configured. With a client CA, client certificates are mandatory and must have one of the
/// configured names, if any; the console asks for none.
/// </summary>
internal static class ListenerTls
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    /// <summary>True for a listener that speaks TLS. The console does on addresses that other machines reach.</summary>
    public static bool AppliesTo(Listener listener, ListenAddress address, TlsOptions tls) =>
        tls.Certificate.Length > 0 && (listener != Listener.Console || !address.IsLoopback);

    public static void Apply(
        Microsoft.AspNetCore.Server.Kestrel.Core.ListenOptions options,
        Listener listener,
        ListenAddress address,
        TlsOptions tls,
        CheckRefusals refusals
    )
    {
        if (!AppliesTo(listener, address, tls))
        {
            return;
        }

        var certificate = X509Certificate2.CreateFromPemFile(tls.Certificate, tls.Key);
        var chain = Load(tls.Certificate);

        // Browsers have no client certificate.
        var authorities = tls.ClientCa.Length == 0 || listener == Listener.Console ? null : Load(tls.ClientCa);
        options.UseHttps(https =>
        {
            https.ServerCertificate = certificate;
            https.ServerCertificateChain = chain;
            if (authorities is not null)
            {
                https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
                https.ClientCertificateValidation = (client, sent, _) =>
                    IsIssuedBy(client, sent, authorities) && IsNamed(client, tls.ClientNames, refusals);
            }
        });
    }

    private static X509Certificate2Collection Load(string file)
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPemFile(file);
        return certificates;
    }

    private static bool IsNamed(X509Certificate2 client, List<string> accepted, CheckRefusals refusals)
    {
        if (accepted.Count == 0)
        {
            return true;
        }

        var names = CertificateNames.Of(client);
        if (names.Any(accepted.Contains))
        {
            return true;
        }

        refusals.Add(CheckRefusal.Certificate, names.Count > 0 ? string.Join(", ", names) : client.Subject);
        return false;
    }

    private static bool IsIssuedBy(X509Certificate2 client, X509Chain? sent, X509Certificate2Collection authorities)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        foreach (var element in sent?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
        {
            chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        }

        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new(ClientAuthentication));
        return chain.Build(client);
    }
}
