using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Access.Upstream;

/// <summary>
/// Sets the identity headers that the policy discloses to the upstream. <see cref="Stripping"/> removes the others, so that a client cannot
/// forge them.
/// </summary>
internal sealed class MountCallerStep : EditStep
{
    public override string Name => "mount_caller";

    public override AnswerFacts Reads =>
        AnswerFacts.Identity | AnswerFacts.Policy | AnswerFacts.App | AnswerFacts.Codings | AnswerFacts.Byok | AnswerFacts.Delegation;

    protected override ValueTask<StepResult> WriteAsync(EditInput input, UpstreamEdits edits, CancellationToken cancellationToken)
    {
        var caller = input.Mount();
        Mount(input, edits, caller);
        if (input.Codings is { } codings)
        {
            edits.SetHeader("accept-encoding", codings);
        }

        // The owner of a service's key is its creator, not the caller.
        if (input.Policy.Options.ForwardActor && caller.Identity is { UserId: { } user, Username: { } name, Type: not SubjectType.Service })
        {
            edits.SetHeader(IdentityHeaders.ActorId, user);
            edits.SetHeader(IdentityHeaders.ActorUsername, IdentityHeaders.Encode(name));
        }

        return new(StepResult.Continue);
    }

    private static void Mount(EditInput input, UpstreamEdits edits, Caller caller)
    {
        var disclosure = input.Policy.Identity;
        if (disclosure != IdentityDisclosure.None)
        {
            MountIds(edits, caller.Identity);
        }

        if (disclosure == IdentityDisclosure.Full)
        {
            MountDetails(edits, caller, input.App?.Id, input.Tenant);
        }
    }

    private static void MountIds(UpstreamEdits edits, Identity identity)
    {
        edits.SetHeader(IdentityHeaders.Subject, IdentityHeaders.Encode(identity.Subject));
        edits.SetHeader(IdentityHeaders.SubjectType, identity.Type.ToWireName());
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

        edits.SetHeader(IdentityHeaders.AuthMode, caller.Mode.ToWireName());
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
