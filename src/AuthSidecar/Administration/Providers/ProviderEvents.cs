using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace AuthSidecar.Administration.Providers;

/// <summary>Takes over the result of the framework's handler, which signs no person in by itself.</summary>
internal sealed class ProviderEvents(LoginProvider provider) : OpenIdConnectEvents
{
    public override Task RedirectToIdentityProvider(RedirectContext context)
    {
        context.ProtocolMessage.RedirectUri = provider.CallbackAddress;
        return Task.CompletedTask;
    }

    /// <summary>Compares the issuer that answers (RFC 9207), before the code is sent to anyone.</summary>
    public override async Task MessageReceived(MessageReceivedContext context)
    {
        var issuer = context.ProtocolMessage.GetParameter("iss");
        if (issuer is not null && issuer != provider.Issuer)
        {
            context.Fail("The answer is one of another issuer.");
        }
        else if (issuer is null && await NamesIssuerAsync(context.HttpContext.RequestAborted))
        {
            context.Fail("The answer lacks the issuer, which this provider always names.");
        }
    }

    public override Task TokenValidated(TokenValidatedContext context)
    {
        // The handler accepts an unsigned token from the token endpoint, on the word of TLS (OpenID Connect Core 3.1.3.7).
        if (context.SecurityToken.RawSignature.Length == 0)
        {
            context.Fail("The ID token is not signed.");
            return Task.CompletedTask;
        }

        var payload = Base64UrlEncoder.DecodeBytes(context.SecurityToken.RawPayload);
        context.HttpContext.Features.Set(new ProviderClaims(JsonSerializer.Deserialize<JsonElement>(payload)));
        return Task.CompletedTask;
    }

    public override Task UserInformationReceived(UserInformationReceivedContext context)
    {
        context.HttpContext.Features.Get<ProviderClaims>()?.Add(context.User.RootElement.Clone());
        return Task.CompletedTask;
    }

    /// <summary>Everything is validated.</summary>
    public override Task TicketReceived(TicketReceivedContext context)
    {
        if (context.HttpContext.Features.Get<ProviderClaims>() is { } claims && Errand.Of(context.Properties) is { } errand)
        {
            context.HttpContext.Features.Set(new SignInAnswer(claims, errand));
        }

        context.HandleResponse();
        return Task.CompletedTask;
    }

    public override Task AccessDenied(AccessDeniedContext context)
    {
        context.HttpContext.Features.Set(new ProviderRefusal(SignInFailures.Cancelled, null));
        context.HandleResponse();
        return Task.CompletedTask;
    }

    public override Task RemoteFailure(RemoteFailureContext context)
    {
        context.HttpContext.Features.Set(new ProviderRefusal(SignInFailures.Failed, context.Failure));
        context.HandleResponse();
        return Task.CompletedTask;
    }

    private async Task<bool> NamesIssuerAsync(CancellationToken cancellationToken) =>
        await provider.Discovery.FindAsync(cancellationToken) is not { AuthorizationResponseIssParameterSupported: not true };
}

/// <summary>A validated answer of a provider.</summary>
internal sealed record SignInAnswer(ProviderClaims Claims, Errand Errand);

/// <summary>A refused answer of a provider.</summary>
/// <param name="Word">Word of <see cref="SignInFailures"/>.</param>
/// <param name="Fault">For the log; null: the person cancelled.</param>
internal sealed record ProviderRefusal(string Word, Exception? Fault);
