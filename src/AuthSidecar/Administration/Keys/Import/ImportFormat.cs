namespace AuthSidecar.Administration.Keys.Import;

/// <summary>Whose export a file is.</summary>
internal enum ImportFormat
{
    Coder,
    Litellm,
    Legacy,
}
