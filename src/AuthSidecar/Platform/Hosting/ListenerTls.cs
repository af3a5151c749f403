using System.Net;
using System.Net.Security;
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
    private const int LongestSubject = 256;

    /// <summary>True for a listener that speaks TLS. The console does on addresses that other machines reach, the probe's never.</summary>
    public static bool AppliesTo(Listener listener, ListenAddress address, TlsOptions tls) =>
        tls.Certificate.Length > 0 && listener != Listener.Probe && (listener != Listener.Console || !address.IsLoopback);

    /// <param name="options">The listener's server options.</param>
    /// <param name="listener">One that speaks TLS.</param>
    /// <param name="tls">The configured files and names.</param>
    /// <param name="certificates">The certificates in force, read at each handshake.</param>
    /// <param name="refusals">Counts and logs rejected clients.</param>
    public static void Apply(
        Microsoft.AspNetCore.Server.Kestrel.Core.ListenOptions options,
        Listener listener,
        TlsOptions tls,
        TlsCertificates certificates,
        CheckRefusals refusals
    ) =>
        options.UseHttps(
            new TlsHandshakeCallbackOptions
            {
                OnConnection = handshake =>
                {
                    var current = certificates.Current;
                    var server = new SslServerAuthenticationOptions { ServerCertificateContext = current.Server };

                    // Browsers have no client certificate.
                    if (listener != Listener.Console && current.Authorities is { } authorities)
                    {
                        var peer = handshake.Connection.RemoteEndPoint;
                        server.ClientCertificateRequired = true;
                        server.CertificateChainPolicy = WithoutDownloads();
                        server.RemoteCertificateValidationCallback = (_, sent, chain, _) =>
                            MayConnect(sent as X509Certificate2, chain, peer, authorities, tls.ClientNames, refusals);
                    }

                    return new(server);
                },
            }
        );

    private static bool MayConnect(
        X509Certificate2? client,
        X509Chain? sent,
        EndPoint? peer,
        X509Certificate2Collection authorities,
        List<string> accepted,
        CheckRefusals refusals
    )
    {
        if (ProblemOf(client, sent, authorities) is { } problem)
        {
            refusals.Add(CheckRefusal.Issuer, $"{peer} ({problem})");
            return false;
        }

        var names = accepted.Count == 0 ? [] : CertificateNames.Of(client!);
        if (accepted.Count == 0 || names.Any(accepted.Contains))
        {
            return true;
        }

        refusals.Add(CheckRefusal.Certificate, names.Count > 0 ? string.Join(", ", names) : SubjectOf(client!));
        return false;
    }

    /// <returns>Null for a certificate of the authorities that is valid now.</returns>
    private static string? ProblemOf(X509Certificate2? client, X509Chain? sent, X509Certificate2Collection authorities)
    {
        if (client is null)
        {
            return "no certificate";
        }

        using var chain = new X509Chain { ChainPolicy = WithoutDownloads() };
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        foreach (var element in sent?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
        {
            chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        }

        chain.ChainPolicy.ApplicationPolicy.Add(new(ClientAuthentication));
        return chain.Build(client)
            ? null
            : $"{SubjectOf(client)}: {string.Join(", ", chain.ChainStatus.Select(status => status.Status).Distinct())}";
    }

    // Otherwise a certificate of unknown origin names the addresses that this process calls.
    private static X509ChainPolicy WithoutDownloads() =>
        new() { DisableCertificateDownloads = true, RevocationMode = X509RevocationMode.NoCheck };

    private static string SubjectOf(X509Certificate2 client) =>
        client.Subject.Length <= LongestSubject ? client.Subject : client.Subject[..LongestSubject];
}
