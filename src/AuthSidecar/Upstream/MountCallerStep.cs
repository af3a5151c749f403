using AuthSidecar.Pipeline;

namespace AuthSidecar.Upstream;

/// <summary>Says to the upstream who is calling, as far as the policy wants it said: each identity header is set or removed, so that no client's copy passes.</summary>
internal sealed class MountCallerStep : ICheckStep
{
    public string Name => "mount_caller";

    public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken)
    {
        var identity = context.KnownIdentity;
        context.Caller = new(identity, context.IsByok ? AuthenticationMode.Byok : AuthenticationMode.Centralized, context.Delegation);
        context.Codings = context.Policy.Provider is null ? null : ContentCodings.Restrict(context.Request.Headers[KnownHeader.AcceptEncoding]);
        if (context.IsOrdinary && identity.Prepared.Find<UpstreamEdits>(context.Policy, context.App, context.Codings) is { } prepared)
        {
            context.Edits = prepared;
            return new(StepResult.Continue);
        }

        Mount(context);
        if (context.Codings is { } codings)
        {
            context.Edits.SetHeader("accept-encoding", codings);
        }

        // The owner of a service's key is whoever made it, and not who is calling.
        if (context.Policy.Options.ForwardActor && identity is { UserId: { } user, Username: { } name } && identity.Type != SubjectType.Service)
        {
            context.Edits.SetHeader(IdentityHeaders.ActorId, user);
            context.Edits.SetHeader(IdentityHeaders.ActorUsername, IdentityHeaders.Encode(name));
        }

        return new(StepResult.Continue);
    }

    private static void Mount(CheckContext context)
    {
        var disclosure = context.Policy.Identity;
        if (disclosure != IdentityDisclosure.None)
        {
            MountIds(context.Edits, context.KnownIdentity);
        }

        if (disclosure == IdentityDisclosure.Full)
        {
            MountDetails(context.Edits, context.Caller, context.App?.Id, context.Tenant);
        }
    }

    private static void MountIds(UpstreamEdits edits, Identity identity)
    {
        edits.SetHeader(IdentityHeaders.Subject, IdentityHeaders.Encode(identity.Subject));
        edits.SetHeader(IdentityHeaders.SubjectType, identity.Type.ToWord());
        if (identity.KeyId.Length > 0)
        {
            edits.SetHeader(IdentityHeaders.KeyId, IdentityHeaders.Encode(identity.KeyId));
        }
    }

    private static void MountDetails(UpstreamEdits edits, Caller caller, string? app, string? tenant)
    {
        var identity = caller.Identity;
        if (identity.Scopes.Count > 0)
        {
            edits.SetHeader(IdentityHeaders.Scopes, IdentityHeaders.Encode(string.Join(' ', identity.Scopes)));
        }

        edits.SetHeader(IdentityHeaders.AuthMode, caller.Mode.ToWord());
        if (identity is { UserId: { } user, Username: { } name } && identity.Type != SubjectType.Service)
        {
            edits.SetHeader(IdentityHeaders.UserId, user);
            edits.SetHeader(IdentityHeaders.Username, IdentityHeaders.Encode(name));
        }

        if (app is not null)
        {
            edits.SetHeader(IdentityHeaders.App, app);
        }

        if (tenant is not null)
        {
            edits.SetHeader(IdentityHeaders.Tenant, IdentityHeaders.Encode(tenant));
        }

        if (caller.Delegation is not { } delegation)
        {
            return;
        }

        edits.SetHeader(IdentityHeaders.Delegated, "true");
        edits.SetHeader(IdentityHeaders.Source, IdentityHeaders.Encode(delegation.Source));
        if (delegation.WorkspaceId is { } workspace)
        {
            edits.SetHeader(IdentityHeaders.WorkspaceId, workspace);
        }
    }
}
