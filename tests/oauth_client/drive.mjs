// Drives a listening gateway with oauth4webapi, a strict client that nobody here wrote; no check of it is relaxed.
// Settings come as JSON in DRIVE. It prints one line for each step that went well, and `authorize <url>` where a
// person has to open a page; the address that she is then sent to comes back as a line on standard input.

import { createInterface } from 'node:readline'
import * as oauth from './oauth4webapi.mjs'

const told = JSON.parse(process.env.DRIVE)
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const issuer = new URL(told.issuer)
const resource = new URL('/v1/persons/42', issuer)
const purpose = new Headers({ purpose: 'REGISTRATION' })
const done = (step) => console.log(`ok ${step}`)

const ec = { name: 'ECDSA', namedCurve: 'P-256' }
const { kid, d, ...publicJwk } = told.jwk
const privateKey = await crypto.subtle.importKey('jwk', { ...publicJwk, d }, ec, false, ['sign'])

function check(condition, what) {
  if (!condition) throw new Error(`not so: ${what}`)
}

async function refused(promise, error, what) {
  try {
    await promise
  } catch (refusal) {
    check(refusal.error === error, `${what}: ${refusal.error ?? refusal}`)
    return
  }
  throw new Error(`not refused: ${what}`)
}

// discovery, in both places
let as
for (const algorithm of ['oauth2', 'oidc']) {
  const response = await oauth.discoveryRequest(issuer, { algorithm })
  as = await oauth.processDiscoveryResponse(issuer, response)
  done(`discovery ${algorithm}`)
}
check(as.authorization_response_iss_parameter_supported === true, 'iss in responses')

const web = { client_id: told.web }
const native = { client_id: told.native }
const byKey = oauth.PrivateKeyJwt({ key: privateKey, kid })
const byNothing = oauth.None()

// a machine: private_key_jwt
{
  const parameters = new URLSearchParams({ scope: 'persons:read' })
  const response = await oauth.clientCredentialsGrantRequest(as, web, byKey, parameters)
  const tokens = await oauth.processClientCredentialsResponse(as, web, response)
  check(tokens.scope === 'persons:read' && tokens.expires_in === 300, 'client credentials')
  done('client credentials with private_key_jwt')

  const request = new Request(resource, { headers: { authorization: `Bearer ${tokens.access_token}` } })
  const claims = await oauth.validateJwtAccessToken(as, request, told.audience)
  check(claims.client_id === told.web && claims.sub === told.web, 'claims of the access token')
  done('the access token is an RFC 9068 JWT')

  const answer = await oauth.protectedResourceRequest(tokens.access_token, 'GET', resource, purpose)
  check(answer.status === 200, `the API with a bearer token: ${answer.status}`)
  done('the API takes it')
}

async function authorise(client, options = {}) {
  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  const url = new URL(as.authorization_endpoint)
  url.search = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: told.callback,
    response_type: 'code',
    scope: 'persons:read',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    ...options,
  }).toString()
  console.log(`authorize ${url}`)
  const { value } = await lines.next()
  return { verifier, parameters: oauth.validateAuthResponse(as, client, new URL(value), state) }
}

async function introspect(token) {
  const response = await oauth.introspectionRequest(as, web, byKey, token)
  return await oauth.processIntrospectionResponse(as, web, response)
}

async function refresh(client, authentication, token, options) {
  const response = await oauth.refreshTokenGrantRequest(as, client, authentication, token, options)
  return await oauth.processRefreshTokenResponse(as, client, response)
}

// a person lets a back end act for her: code + PKCE, refresh with rotation, introspection, revocation
{
  const { verifier, parameters } = await authorise(web)
  const redeem = async () => {
    const response = await oauth.authorizationCodeGrantRequest(as, web, byKey, parameters, told.callback, verifier)
    return await oauth.processAuthorizationCodeResponse(as, web, response)
  }
  const first = await redeem()
  done('code + PKCE S256, iss in the response')

  const second = await refresh(web, byKey, first.refresh_token)
  check(second.refresh_token !== first.refresh_token, 'rotation')
  done('refresh with rotation')

  const answer = await introspect(second.access_token)
  check(answer.active && answer.client_id === told.web && answer.scope === 'persons:read', 'introspection')
  done('introspection')

  const revocation = await oauth.revocationRequest(as, web, byKey, second.access_token)
  await oauth.processRevocationResponse(revocation)
  check(!(await introspect(second.access_token)).active, 'the revoked token is inactive')
  const closed = await fetch(resource, { headers: { authorization: `Bearer ${second.access_token}`, purpose: 'REGISTRATION' } })
  check(closed.status === 401, 'the revoked token is refused')
  done('revocation of an access token')

  const all = await oauth.revocationRequest(as, web, byKey, second.refresh_token)
  await oauth.processRevocationResponse(all)
  await refused(refresh(web, byKey, second.refresh_token), 'invalid_grant', 'a revoked refresh token')
  done('revocation of a refresh token')

  await refused(redeem(), 'invalid_grant', 'a code that comes twice')
  done('a code is good once')
}

// an application without a secret: everything is bound to a key of its own (DPoP)
{
  const pair = await oauth.generateKeyPair('ES256')
  const DPoP = oauth.DPoP(native, pair)
  const thumbprint = await DPoP.calculateThumbprint()
  const { verifier, parameters } = await authorise(native, { dpop_jkt: thumbprint })
  const response = await oauth.authorizationCodeGrantRequest(
    as, native, byNothing, parameters, told.callback, verifier, { DPoP },
  )
  const first = await oauth.processAuthorizationCodeResponse(as, native, response)
  check(first.token_type === 'dpop', 'token_type')
  done('code + PKCE + DPoP of a public client')

  const answer = await oauth.protectedResourceRequest(first.access_token, 'GET', resource, purpose, undefined, { DPoP })
  check(answer.status === 200, `the API with a bound token: ${answer.status}`)
  done('the API takes the bound token with its proof')

  const told_of = await introspect(first.access_token)
  check(told_of.cnf?.jkt === thumbprint && told_of.token_type === 'DPoP', 'introspection names the key')

  const second = await refresh(native, byNothing, first.refresh_token, { DPoP })
  done('refresh of a bound token')
  await refused(refresh(native, byNothing, second.refresh_token), 'invalid_grant', 'a bound refresh token without proof')
  const thief = oauth.DPoP(native, await oauth.generateKeyPair('ES256'))
  await refused(refresh(native, byNothing, second.refresh_token, { DPoP: thief }), 'invalid_grant', "a thief's key")
  done('nobody else can refresh it')

  await refused(refresh(native, byNothing, first.refresh_token, { DPoP }), 'invalid_grant', 'a spent refresh token')
  await refused(refresh(native, byNothing, second.refresh_token, { DPoP }), 'invalid_grant', 'the rest of its family')
  done('a refresh token that comes twice ends its family')
}

console.log('done')
process.exit(0)
