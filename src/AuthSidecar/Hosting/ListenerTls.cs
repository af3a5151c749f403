using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace AuthSidecar.Hosting;

/// <summary>TLS for a door when a certificate is configured; with a client CA every client must show a certificate of it.</summary>
internal static class ListenerTls
{
    public static void Apply(Microsoft.AspNetCore.Server.Kestrel.Core.ListenOptions options, Listener listener, TlsOptions tls)
    {
        if (tls.Certificate.Length == 0 || listener == Listener.Console)
        {
            return;
        }

        var certificate = X509Certificate2.CreateFromPemFile(tls.Certificate, tls.Key);
        var clientCa = tls.ClientCa.Length == 0 ? null : X509CertificateLoader.LoadCertificateFromFile(tls.ClientCa);
        options.UseHttps(https =>
        {
            https.ServerCertificate = certificate;
            if (clientCa is not null)
            {
                https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
                https.ClientCertificateValidation = (client, _, _) => IsIssuedBy(client, clientCa);
            }
        });
    }

    private static bool IsIssuedBy(X509Certificate2 client, X509Certificate2 authority)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new("1.3.6.1.5.5.7.3.2"));
        return chain.Build(client);
    }
}
