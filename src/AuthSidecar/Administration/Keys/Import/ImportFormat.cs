namespace AuthSidecar.Administration.Keys.Import;

/// <summary>System that exported a file.</summary>
internal enum ImportFormat
{
    Coder,
    Litellm,
    Legacy,
}
