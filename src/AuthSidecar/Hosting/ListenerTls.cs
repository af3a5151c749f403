using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace AuthSidecar.Hosting;

/// <summary>TLS for a door when a certificate is configured; with client authorities every client must show a certificate of one of them.</summary>
internal static class ListenerTls
{
    // id-kp-clientAuth, RFC 5280 4.2.1.12
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    public static void Apply(Microsoft.AspNetCore.Server.Kestrel.Core.ListenOptions options, Listener listener, TlsOptions tls)
    {
        if (tls.Certificate.Length == 0 || listener == Listener.Console)
        {
            return;
        }

        var certificate = X509Certificate2.CreateFromPemFile(tls.Certificate, tls.Key);
        var authorities = new X509Certificate2Collection();
        if (tls.ClientCa.Length > 0)
        {
            authorities.ImportFromPemFile(tls.ClientCa);
        }

        options.UseHttps(https =>
        {
            https.ServerCertificate = certificate;
            if (authorities.Count > 0)
            {
                https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
                https.ClientCertificateValidation = (client, _, _) => IsIssuedByOneOf(client, authorities);
            }
        });
    }

    private static bool IsIssuedByOneOf(X509Certificate2 client, X509Certificate2Collection authorities)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new(ClientAuthentication));
        return chain.Build(client);
    }
}
